import type { Redactor, Secret } from "../core/secret.ts";
import type { Ci } from "./ci.ts";
import type { Env } from "./env.ts";
import type { Http } from "./http.ts";
import type { Level, Log, LogFormat } from "./log.ts";

/** The outside world. Everything a command may touch comes through here, so that a test can hand in another world. */
export interface Host {
  readonly env: Env;
  readonly ci: Ci;
  readonly cwd: string;
  readonly args: Args;
  readonly stdin: Input;
  /** The result and nothing else. */
  readonly out: Output;
  /** Everything that is not the result. */
  readonly err: Output;
  readonly log: Log;
  readonly http: Http;
  readonly file: Files;
  readonly exec: Exec;
  readonly clock: Clock;
  readonly redactor: Redactor;
  /** Uniform in [0, 1). */
  random(): number;
  /** Aborted by SIGINT or SIGTERM with a `CancelledError` as its reason. */
  readonly signal: AbortSignal;
  /** How the process ends after a signal. */
  readonly grace: Grace;
  /** The same world with the settings of the global options applied; what is not named stays. */
  configured(settings: HostSettings): Host;
}

/** A command that has much to finish sets it when it starts. */
export interface Grace {
  /** From the first signal until the process ends whatever its command does; 8 s unless set. */
  ms: number;
  /** Takes each further signal, which otherwise ends the process at once. */
  again?: () => void;
}

export interface HostSettings {
  readonly logLevel?: Level | undefined;
  readonly logFormat?: LogFormat | undefined;
  /** PEM file whose certificates are trusted besides the built-in ones; `ConfigError` on the first request when it cannot be read. */
  readonly caFile?: string | undefined;
  /** Folder to work in, absolute or relative to `cwd`. */
  readonly cwd?: string | undefined;
  /** Stands in for the signal of the process: what must still be done after SIGTERM has a limit of its own. */
  readonly signal?: AbortSignal | undefined;
}

export interface Args {
  /** File name by which the program was called (`cml`, `vl2png`, …), without folder and `.exe`. */
  readonly name: string;
  /** Full path of the running executable, for starting ourselves as a child and for `cml link`. */
  readonly executable: string;
  /** Arguments that must precede ours when `executable` is a runtime and not the compiled program. */
  readonly prefix: readonly string[];
}

export interface Input {
  readonly isTerminal: boolean;
  bytes(): Promise<Uint8Array>;
}

export interface Output {
  readonly isTerminal: boolean;
  /** Columns of the terminal, 80 where there is none. */
  readonly width: number;
  /** Whether ANSI colours are wanted: a terminal, and `NO_COLOR` unset or empty. */
  readonly color: boolean;
  /** Redacted, then queued in order; `flush` waits until the bytes are out. */
  write(text: string): void;
  writeBytes(bytes: Uint8Array): void;
  flush(): Promise<void>;
}

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms`, rejects with the reason of `signal`. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export type FileKind = "file" | "folder" | "link" | "other";

export interface FileEntry {
  /** Name within its folder. */
  readonly name: string;
  readonly kind: FileKind;
}

export interface FileStat {
  readonly kind: FileKind;
  readonly sizeBytes: number;
  /** POSIX mode bits, permissions only. */
  readonly mode: number;
  readonly modifiedMs: number;
}

/** Files of this machine. Paths are absolute or relative to `host.cwd`. Lookups answer null for "not there"; actions throw. */
export interface Files {
  /** Whole content, null when nothing (or a folder) is there. `InputError` over `limitBytes`. */
  read(path: string, options?: { limitBytes?: number }): Promise<Uint8Array | null>;
  readText(path: string, options?: { limitBytes?: number }): Promise<string | null>;
  /** Follows links; null when nothing is there. */
  stat(path: string): Promise<FileStat | null>;
  /** Does not follow links. */
  lstat(path: string): Promise<FileStat | null>;
  /** Entries of a folder sorted by code point; empty when it is not there. */
  list(path: string): Promise<FileEntry[]>;
  /** The path with every link resolved, null when nothing is there. */
  realpath(path: string): Promise<string | null>;
  /** Writes to a temporary name beside `path`, then renames: never half there. Makes missing folders. */
  write(path: string, data: Uint8Array | string, options?: { mode?: number }): Promise<void>;
  append(path: string, data: Uint8Array | string): Promise<void>;
  makeFolder(path: string): Promise<void>;
  /** File, link or whole folder; nothing when it is not there. */
  remove(path: string): Promise<void>;
  link(target: string, path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** A new private folder under the system's temporary folder. */
  temporaryFolder(): Promise<string>;
}

export interface ExecOptions {
  readonly cwd?: string;
  /** Added to the minimal environment (`PATH`, `HOME`, locale, proxies, CA) that every child gets; our secrets are not in it. */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: Uint8Array | string;
  readonly signal?: AbortSignal;
  readonly limitBytes?: number;
}

export interface ExecResult {
  /** -1 when the program could not be started (then `stderr` says why). */
  readonly code: number;
  readonly stdout: Uint8Array;
  readonly stderr: string;
}

/** A child with its pipes, for protocols such as `git cat-file --batch`. */
export interface Child {
  write(bytes: Uint8Array | string): void;
  end(): void;
  readonly stdout: ReadableStream<Uint8Array>;
  /** Text printed on stderr so far. */
  errorText(): string;
  readonly exited: Promise<number>;
  /** Its own end, also while a program that it left behind holds the pipes. */
  readonly ended: Promise<number>;
  kill(signal?: "SIGTERM" | "SIGKILL" | "SIGINT" | "SIGQUIT"): void;
}

export interface Exec {
  run(program: string, args: readonly string[], options?: ExecOptions): Promise<ExecResult>;
  start(program: string, args: readonly string[], options?: ExecOptions): Child;
}

export type { Ci, Env, Http, Log, Secret };
