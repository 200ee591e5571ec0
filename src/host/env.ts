import { Secret } from "../core/secret.ts";
import { register } from "./register.ts";
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
}

/** Answers one variable as the system has it. */
export type ReadVariable = (name: string) => string | undefined;

export function createEnv(read: ReadVariable): Env {
  const find = (name: PlainName | SecretName): { name: string; value: string } | undefined => {
    for (const candidate of [name, ...oldNames(register[name])]) {
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

function oldNames(variable: Variable): readonly string[] {
  return variable.oldNames ?? [];
}

function isRegistered(name: string): boolean {
  return row(name) !== undefined || oldNamesOf().has(name);
}

/** Entry of a name, without walking through the register: that alone would cost every start a millisecond. */
function row(name: string): Variable | undefined {
  return Object.hasOwn(rows, name) ? rows[name] : undefined;
}

const rows: Readonly<Record<string, Variable>> = register;

/** Entries by their old names; made by the first name that is in no other way known. */
function oldNamesOf(): ReadonlyMap<string, Variable> {
  if (byOldName === undefined) {
    byOldName = new Map();
    for (const name in rows)
      for (const old of rows[name]?.oldNames ?? []) byOldName.set(old, rows[name] ?? { purpose: "", kind: "text" });
  }
  return byOldName;
}

let byOldName: Map<string, Variable> | undefined;

function isSecret(name: string): boolean {
  const known = row(name);
  if (known !== undefined) return known.secret === true;
  if (name.startsWith("CML_")) return /TOKEN|SECRET|PASSWORD|CREDENTIALS|PRIVATE/.test(name);
  return /token|secret|key|password|credential/i.test(name) && oldNamesOf().get(name)?.secret === true;
}

/** Names handed on to every child: what a program needs to run, find its network and speak its language; never a secret. */
export function childNames(): readonly string[] {
  return Object.keys(rows).filter((name) => rows[name]?.child === true);
}
