import type * as v from "valibot";
import { safeParse } from "valibot";
import { IntegrityError } from "./error.ts";

/** Checks a value against a schema. Throws `IntegrityError` with the path of the first mismatch. `what` names the value. */
export function decode<S extends v.GenericSchema>(schema: S, value: unknown, what: string): v.InferOutput<S> {
  const result = safeParse(schema, value);
  if (result.success) return result.output;
  const issue = result.issues[0];
  const path = (issue.path ?? []).map((item) => String(item.key)).join(".");
  throw new IntegrityError(`${what}: unexpected answer${path === "" ? "" : ` at \`${path}\``}: ${issue.message}`);
}
