import { expressionFunction } from "vega";

/**
 * vega-interpreter 2.3 reads `datetime(x)` with a single number as a year, which compiled expressions read as milliseconds, as `new Date` does.
 * Vega-Lite writes timestamps of a domain like this.
 */
export function mendInterpreter(): void {
  expressionFunction("datetime", (...parts: readonly unknown[]) => Reflect.construct(Date, parts));
}
