/** Text of a float as Python's `repr`: shortest digits that read back, `.0` for whole numbers, exponent below 1e-4 and from 1e16. */
export function formatFloat(n: number): string {
  if (Number.isNaN(n)) return "nan";
  if (!Number.isFinite(n)) return n > 0 ? "inf" : "-inf";
  if (n === 0) return Object.is(n, -0) ? "-0.0" : "0.0";
  const [mantissa = "", power = "0"] = Math.abs(n).toExponential().split("e");
  const digits = mantissa.replace(".", "");
  const exponent = Number(power);
  return (n < 0 ? "-" : "") + layOut(digits, exponent);
}

function layOut(digits: string, exponent: number): string {
  if (exponent < -4 || exponent >= 16) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : "";
    const size = String(Math.abs(exponent)).padStart(2, "0");
    return `${digits.slice(0, 1)}${fraction}e${exponent < 0 ? "-" : "+"}${size}`;
  }
  if (exponent < 0) return `0.${"0".repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return `${digits.padEnd(exponent + 1, "0")}.0`;
  return `${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}

/** Rounds to `digits` decimals as Python's `round`: exact on the binary value, ties to even (`toFixed` rounds exact ties up). */
export function roundDecimals(n: number, digits: number): number {
  if (!Number.isFinite(n) || n === 0 || digits > 340) return n;
  const { mantissa, exponent } = decompose(Math.abs(n));
  let numerator = mantissa;
  let denominator = 1n;
  if (exponent >= 0) numerator <<= BigInt(exponent);
  else denominator <<= BigInt(-exponent);
  if (digits >= 0) numerator *= 10n ** BigInt(digits);
  else denominator *= 10n ** BigInt(-digits);
  let quotient = numerator / denominator;
  const twice = (numerator % denominator) * 2n;
  if (twice > denominator || (twice === denominator && quotient % 2n === 1n)) quotient += 1n;
  const size = Number(`${quotient}e${-digits}`);
  return n < 0 ? -size : size;
}

/** `n` = mantissa × 2^exponent, for finite positive `n`. */
function decompose(n: number): { mantissa: bigint; exponent: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, n);
  const bits = view.getBigUint64(0);
  const field = Number((bits >> 52n) & 0x7_ffn);
  const fraction = bits & ((1n << 52n) - 1n);
  return field === 0 ? { mantissa: fraction, exponent: -1074 } : { mantissa: fraction | (1n << 52n), exponent: field - 1075 };
}
