import { InputError, UnavailableError } from "../core/error.ts";
import type { Child } from "../host/host.ts";
import { ByteReader } from "./byte-reader.ts";
import { gitArguments, gitEnvironment, type GitHost } from "./git-command.ts";

export interface GitObject {
  readonly sha: string;
  readonly type: "blob" | "tree" | "commit" | "tag";
  readonly sizeBytes: number;
  /** Null when only the head was asked for. */
  readonly bytes: Uint8Array | null;
}

interface Question {
  readonly name: string;
  /** Larger objects are skipped over and end in an `InputError`; -1: the head only. */
  readonly limitBytes: number;
  readonly resolve: (object: GitObject | null) => void;
  readonly reject: (error: unknown) => void;
}

const defaultLimitBytes = 512 * 1024 ** 2;
/** Git answers in order; more questions than this at once would only wait in the pipe. */
const windowSize = 200;

/** All objects of a repository through one `git cat-file --batch`, started by the first question. Any number of callers may ask at once. */
export class GitObjects {
  readonly #host: GitHost;
  readonly #folder: string;
  #child: Child | null = null;
  #failure: unknown = null;
  readonly #waiting: Question[] = [];
  readonly #asked: Question[] = [];

  constructor(host: GitHost, folder: string) {
    this.#host = host;
    this.#folder = folder;
  }

  /** Null when `name` (a sha, `main^{commit}`, `sha:path`) names nothing. */
  read(name: string, limitBytes: number = defaultLimitBytes): Promise<GitObject | null> {
    // A line break would be a second question; no ref or path that Git could find this way holds one.
    if (/[\n\r\0]/.test(name) || name.trim() === "") return Promise.resolve(null);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ name, limitBytes, resolve, reject });
      this.#advance();
    });
  }

  head(name: string): Promise<GitObject | null> {
    return this.read(name, -1);
  }

  /** Ends the child; later questions fail. */
  async close(): Promise<void> {
    this.#failure ??= new Error("the repository was closed");
    const child = this.#child;
    if (child === null) return;
    child.end();
    await child.exited;
  }

  #advance(): void {
    if (this.#failure !== null) return this.#failAll();
    this.#start();
    while (this.#asked.length < windowSize) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#asked.push(next);
      this.#child?.write(`${next.name}\n`);
    }
  }

  #start(): void {
    if (this.#child !== null) return;
    const child = this.#host.exec.start("git", gitArguments(["cat-file", "--batch"]), {
      cwd: this.#folder,
      env: gitEnvironment,
      signal: this.#host.signal,
    });
    this.#child = child;
    void this.#listen(new ByteReader(child.stdout)).then(
      async (failure) => {
        await child.exited;
        const said = child.errorText().trim().split("\n").at(-1) ?? "";
        this.#failure ??=
          failure ?? new UnavailableError(`\`git cat-file\` ended early${said === "" ? "" : `: ${said}`}`, { retryable: false });
        this.#failAll();
      },
      (error: unknown) => {
        this.#failure ??= error;
        this.#failAll();
      },
    );
  }

  /** Answers one question after the other until the child's output ends. */
  async #listen(reader: ByteReader): Promise<unknown> {
    for (;;) {
      const header = await reader.line();
      const question = this.#asked[0];
      if (header === null || question === undefined) return this.#host.signal.aborted ? this.#host.signal.reason : null;
      const answer = await answerOf(header, question, reader);
      if (answer === undefined) return null;
      this.#asked.shift();
      if (answer instanceof Error) question.reject(answer);
      else question.resolve(answer);
      this.#advance();
    }
  }

  #failAll(): void {
    for (const question of [...this.#asked.splice(0), ...this.#waiting.splice(0)]) question.reject(this.#failure);
  }
}

/** Undefined when the stream ended in the middle. */
async function answerOf(header: string, question: Question, reader: ByteReader): Promise<GitObject | null | Error | undefined> {
  const match = /^([0-9a-f]{40}|[0-9a-f]{64}) (blob|tree|commit|tag) (\d+)$/.exec(header);
  if (match === null) return null;
  const [, sha = "", type = "", size = "0"] = match;
  const sizeBytes = Number(size);
  const object = { sha, type: objectType(type), sizeBytes };
  if (question.limitBytes < sizeBytes) {
    if (!(await reader.skip(sizeBytes + 1))) return undefined;
    if (question.limitBytes < 0) return { ...object, bytes: null };
    return new InputError(
      `object is too large: \`${question.name}\` has ${sizeBytes} bytes, at most ${question.limitBytes} are read`,
    );
  }
  const bytes = await reader.bytes(sizeBytes);
  if (bytes === null || !(await reader.skip(1))) return undefined;
  return { ...object, bytes };
}

function objectType(text: string): GitObject["type"] {
  return text === "blob" || text === "tree" || text === "commit" ? text : "tag";
}
