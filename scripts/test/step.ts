import { createWriteStream } from "node:fs";

export interface Tally {
  readonly passed: number;
  readonly failed: number;
  /** Reasons of what was not run, one a test. */
  readonly skipped: readonly string[];
  /** Names of what failed. */
  readonly failures: readonly string[];
}

export interface Step {
  readonly name: string;
  run(): Promise<Tally>;
}

/** Runs a command with its output shown and kept in `log`. */
export async function shown(
  command: readonly string[],
  log: string,
  env: Readonly<Record<string, string>>,
): Promise<{ code: number; text: string }> {
  const child = Bun.spawn([...command], { env: { ...process.env, ...env }, stdout: "pipe", stderr: "pipe", stdin: "ignore" });
  const file = createWriteStream(log);
  const decoder = new TextDecoder();
  let text = "";
  const drain = async (stream: ReadableStream<Uint8Array>, to: NodeJS.WriteStream): Promise<void> => {
    for await (const chunk of stream) {
      to.write(chunk);
      file.write(chunk);
      text += decoder.decode(chunk);
    }
  };
  await Promise.all([drain(child.stdout, process.stdout), drain(child.stderr, process.stderr)]);
  const code = await child.exited;
  file.end();
  return { code, text };
}
