import { CalendarDate, type Value } from "./value.ts";

const integerPattern = /^[-+]?(?:0b[01_]+|0o[0-7_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*)$/;
const floatPattern =
  /^[-+]?(?:[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[0-9][0-9_]*[eE][-+]?[0-9]+|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?)$/;
const datePattern =
  /^(\d{4})-(\d\d?)-(\d\d?)(?:(?:[Tt]|[ \t]+)(\d\d?):(\d\d):(\d\d)(?:\.(\d*))?(?:[ \t]*(?:(Z)|([-+])(\d\d?)(?::?(\d\d))?))?)?$/;

/** Meaning of an unquoted YAML scalar as ruamel's 1.2 loader sees it: `1e-4` is a float, `yes` a string, `010` ten, `2020-01-01` a date. */
export function resolvePlain(text: string): Value {
  if (text === "" || text === "~" || text === "null" || text === "Null" || text === "NULL") return null;
  if (text === "true" || text === "True" || text === "TRUE") return true;
  if (text === "false" || text === "False" || text === "FALSE") return false;
  const first = text.charCodeAt(0);
  const isNumeric = (first >= 0x30 && first <= 0x39) || first === 0x2b || first === 0x2d || first === 0x2e;
  if (!isNumeric) return text;
  return readInteger(text) ?? readFloat(text) ?? readDate(text) ?? text;
}

export function readInteger(text: string): bigint | null {
  if (!integerPattern.test(text)) return null;
  const bare = text.replace(/_/g, "");
  const negative = bare.startsWith("-");
  const digits = bare.replace(/^[-+]/, "");
  // Python refuses longer integers; the prefix of another base needs digits behind it.
  if (digits.length > 4300 || /^0[box]$/.test(digits)) return null;
  const size = BigInt(digits);
  return negative ? -size : size;
}

export function readFloat(text: string): number | null {
  if (/^[-+]?\.(?:inf|Inf|INF)$/.test(text)) return text.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (/^\.(?:nan|NaN|NAN)$/.test(text)) return Number.NaN;
  return floatPattern.test(text) ? Number(text.replace(/_/g, "")) : null;
}

/** A date (`2020-01-01`) or a time; a time with a zone is brought to UTC, as Python's loader does. Null for impossible ones. */
export function readDate(text: string): CalendarDate | null {
  const match = datePattern.exec(text);
  if (match === null) return null;
  const [
    ,
    year = "",
    month = "",
    day = "",
    hour,
    minute = "",
    second = "",
    fraction = "",
    ,
    sign,
    zoneHour = "0",
    zoneMinute = "0",
  ] = match;
  if (hour === undefined && (month.length < 2 || day.length < 2)) return null;
  const wall = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour ?? 0), Number(minute), Number(second));
  const check = new Date(wall);
  if (check.getUTCMonth() + 1 !== Number(month) || check.getUTCDate() !== Number(day) || Number(hour ?? 0) > 23) return null;
  if (hour === undefined) return new CalendarDate(`${year}-${month}-${day}`);
  const zone = (Number(zoneHour) * 60 + Number(zoneMinute)) * (sign === "-" ? -1 : 1);
  const clock = new Date(wall - zone * 60_000).toISOString().slice(0, 19).replace("T", " ");
  const micro = fraction.slice(0, 6).padEnd(6, "0");
  return new CalendarDate(/^0+$/.test(micro) ? clock : `${clock}.${micro}`);
}

/** Text of a mapping key as Python's `str` prints it. */
export function keyText(value: Value, formatFloat: (n: number) => string): string | null {
  if (typeof value === "string") return value;
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number") return formatFloat(value);
  return value instanceof CalendarDate ? value.text : null;
}
