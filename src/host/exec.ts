import { InputError } from "../core/error.ts";
import { childNames } from "./env.ts";
import type { ReadVariable } from "./env.ts";
import type { Child, Exec, ExecOptions, ExecResult } from "./host.ts";
import { joined } from "./input.ts";

const defaultLimitBytes = 1024 ** 3;

/** Starts programs with an environment made here from `childNames`: what we were given, least of all our tokens, is not passed on. */
export function createExec(cwd: string, read: ReadVariable): Exec {
  const start: Exec["start"] = (program, args, options = {}) =>
    startChild(program, args, process.getBuiltinModule("node:path").resolve(cwd, options.cwd ?? "."), options, read);
  return { start, run: (program, args, options = {}) => collect(program, start(program, args, options), options) };
}

function startChild(program: string, args: readonly string[], cwd: string, options: ExecOptions, read: ReadVariable): Child {
  const { spawn } = process.getBuiltinModule("node:child_process");
  const child = spawn(program, [...args], { cwd, env: environment(read, options.env), stdio: "pipe", windowsHide: true });
  let problem = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (problem = (problem + text).slice(-1_000_000)));
  // A program that ended early closes its input; its exit code tells the story.
  child.stdin.on("error", () => undefined);
  // A grandchild may hold the pipes open for as long as it lives, hence they are let go of.
  const stop = (): void => {
    child.kill("SIGTERM");
    child.stdout.destroy();
    child.stderr.destroy();
  };
  options.signal?.addEventListener("abort", stop, { once: true });
  const exited = new Promise<number>((done) => {
    child.on("error", (error) => {
      problem += `${problem === "" ? "" : "\n"}${program}: ${error.message}`;
      done(-1);
    });
    child.on("close", (code, signal) => done(exitCodeOf(code, signal)));
  }).finally(() => options.signal?.removeEventListener("abort", stop));
  const ended = new Promise<number>((done) => {
    child.on("error", () => done(-1));
    child.on("exit", (code, signal) => done(exitCodeOf(code, signal)));
  });
  if (options.signal?.aborted === true) stop();
  return {
    write: (bytes) => void child.stdin.write(bytes),
    end: () => void child.stdin.end(),
    stdout: stream(child.stdout),
    errorText: () => problem,
    exited,
    ended,
    kill: (signal) => void child.kill(signal ?? "SIGTERM"),
  };
}

/** As a shell tells it: 128 and the number of the signal. */
function exitCodeOf(code: number | null, signal: string | null): number {
  const numbers: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGKILL: 9 };
  return code ?? 128 + (numbers[signal ?? ""] ?? 15);
}

/** Pauses the pipe while nobody reads, so that a large answer does not pile up here. */
function stream(source: NodeJS.ReadableStream): ReadableStream<Uint8Array> {
  let open = true;
  const drop = (): void => {
    open = false;
    source.resume();
  };
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const close = (): void => {
          if (open) controller.close();
          open = false;
        };
        source.on("data", (chunk: Uint8Array) => {
          if (!open) return;
          controller.enqueue(chunk);
          if ((controller.desiredSize ?? 0) <= 0) source.pause();
        });
        source.on("end", close).on("close", close).on("error", close);
      },
      pull: () => void source.resume(),
      cancel: drop,
    },
    { highWaterMark: 4 * 1024 * 1024, size: (chunk) => chunk?.length ?? 0 },
  );
}

async function collect(program: string, child: Child, options: ExecOptions): Promise<ExecResult> {
  if (options.stdin !== undefined) child.write(options.stdin);
  child.end();
  const limit = options.limitBytes ?? defaultLimitBytes;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of child.stdout) {
    size += chunk.length;
    if (size > limit) {
      child.kill("SIGKILL");
      throw new InputError(`\`${program}\` printed more than ${limit} bytes`);
    }
    chunks.push(chunk);
  }
  const code = await child.exited;
  options.signal?.throwIfAborted();
  return { code, stdout: joined(chunks), stderr: child.errorText() };
}

function environment(read: ReadVariable, extra: ExecOptions["env"]): Record<string, string> {
  const made: Record<string, string> = {};
  for (const name of childNames()) {
    const value = read(name);
    if (value !== undefined) made[name] = value;
  }
  return { ...made, ...extra };
}
