import { Secret } from "../core/secret.ts";
import { mayBeSecret, mayHaveOldName, register } from "./register.ts";
import type { PlainName, SecretName, Variable } from "./register.ts";

export type { PlainName, SecretName, Variable };

/** The environment, keyed by the register: an unlisted read does not compile. An empty variable counts as unset. */
export interface Env {
  /** Value of a variable that is no secret, under its name or one of its old names. */
  get(name: PlainName): string | undefined;
  /** Value of a secret variable; its `source` is the name it was found under. */
  secret(name: SecretName): Secret | undefined;
  /** Raw look-up for options: `CML_*`, and names of the register. Throws for any other name, which is a bug. */
  option(name: string): string | undefined;
  /** False when no variable of this program is set, so that a start need not ask for each by its names. */
  readonly hasOptions: boolean;
}

/** Answers one variable as the system has it. */
export type ReadVariable = (name: string) => string | undefined;

/** `names` are those of all variables, where they are known. */
export function createEnv(read: ReadVariable, names?: readonly string[]): Env {
  const find = (name: PlainName | SecretName): { name: string; value: string } | undefined => {
    for (const candidate of candidates(name)) {
      const value = read(candidate);
      if (value !== undefined && value !== "") return { name: candidate, value };
    }
    return undefined;
  };
  return {
    get: (name) => find(name)?.value,
    secret(name) {
      const found = find(name);
      return found === undefined ? undefined : new Secret(found.value, found.name);
    },
    option(name) {
      if (!name.startsWith("CML_") && !isRegistered(name) && !/^cml_/i.test(name))
        throw new Error(`variable not in the register: ${name}`);
      const value = read(name);
      return value === "" ? undefined : value;
    },
    hasOptions: names === undefined || names.some((name) => name.startsWith("CML_") || /^cml_/i.test(name)),
  };
}

/** Every value that the redactor must know: the secret variables of the register, and options that carry a token. */
export function secretValues(names: readonly string[], read: ReadVariable): string[] {
  const values: string[] = [];
  for (const name of names) {
    if (!isSecret(name)) continue;
    const value = read(name);
    // A private key appears line by line in logs, and a flag such as `true` is no secret.
    for (const part of value?.split("\n") ?? [])
      if (part.trim().length >= 8 || (part.length >= 4 && part === value)) values.push(part);
  }
  return values;
}

function candidates(name: PlainName | SecretName): readonly string[] {
  return mayHaveOldName.test(name) ? [name, ...(row(name)?.oldNames ?? [])] : [name];
}

function isRegistered(name: string): boolean {
  return row(name) !== undefined || oldNamesOf().has(name);
}

function row(name: string): Variable | undefined {
  const rows: Readonly<Record<string, Variable>> = register();
  return Object.hasOwn(rows, name) ? rows[name] : undefined;
}

/** Entries by their old names; made by the first name that is in no other way known. */
function oldNamesOf(): ReadonlyMap<string, Variable> {
  if (byOldName === undefined) {
    byOldName = new Map();
    const rows: [string, Variable][] = Object.entries(register());
    for (const [, each] of rows) for (const old of each.oldNames ?? []) byOldName.set(old, each);
  }
  return byOldName;
}

let byOldName: Map<string, Variable> | undefined;

function isSecret(name: string): boolean {
  if (!mayBeSecret.test(name)) return false;
  const known = row(name) ?? oldNamesOf().get(name);
  if (known !== undefined) return known.secret === true;
  return name.startsWith("CML_") && /TOKEN|SECRET|PASSWORD|CREDENTIALS|PRIVATE/.test(name);
}

/** Names handed on to every child: what a program needs to run, find its network and speak its language; never a secret. */
export function childNames(): readonly string[] {
  const rows: [string, Variable][] = Object.entries(register());
  return rows.filter(([, each]) => each.child === true).map(([name]) => name);
}
