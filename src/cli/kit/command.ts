import type { Host } from "../../host/host.ts";
import type { Secret } from "../../core/secret.ts";
import type { Operand, Options, Values } from "./option.ts";

export interface Example {
  readonly line: string;
  readonly says: string;
  /** Name of the scene of `test/command/examples.test.ts` in which the line runs. */
  readonly scene?: string;
}

/** A leaf of the command tree: what it takes, and one function that does it and answers the exit code. */
export interface Command<O extends Options = Options> {
  /** Full name, `comment create`. */
  readonly name: string;
  readonly summary: string;
  readonly description?: string;
  readonly options: O;
  readonly operands?: readonly Operand[];
  readonly examples: readonly Example[];
  run(options: Values<O>, operands: readonly string[], app: App): Promise<number | void>;
}

/** What a command gets besides its own options. */
export interface App {
  readonly host: Host;
  readonly globals: Globals;
  /** How an option got its value (`--gate`, `CML_GATE`, `default`), for messages. */
  source(option: string): string;
}

/** Options that every command has. */
export interface Globals {
  readonly json: boolean;
  readonly dryRun: boolean;
  /** `--token`, `CML_TOKEN`; the forge's own variables are not in it. */
  readonly token: Secret | undefined;
  /** `--repo`: address or `owner/name`. */
  readonly repo: string | undefined;
  /** `--driver`, also `--forge`. */
  readonly driver: string | undefined;
}

/** Fixes the types of a command's options; the value itself is passed through. */
export function command<const O extends Options>(definition: Command<O>): Command<O> {
  return definition;
}
