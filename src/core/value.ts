/**
 * A value of a metrics, params or plots file with Python's distinctions kept: `bigint` is an int, `number` a float (NaN and Infinity
 * included), a `Map` a mapping in file order (so that a key such as `__proto__` is a key like any other), a `CalendarDate` a YAML or TOML date.
 */
export type Value = null | boolean | bigint | number | string | CalendarDate | readonly Value[] | Mapping;
export type Mapping = ReadonlyMap<string, Value>;

/** A date or time as written in the file; `text` is how Python's `str` prints it. */
export class CalendarDate {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export function isMapping(value: Value | undefined): value is Mapping {
  return value instanceof Map;
}
