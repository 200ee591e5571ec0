/** A server on loopback whose answers are a list; every request is kept. */
import { afterAll } from "bun:test";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Closes the connection instead of answering. */
  readonly cut?: boolean;
  /** Says this length and sends less. */
  readonly promise?: number;
  /** Never answers. */
  readonly silent?: boolean;
}

export interface TestServer {
  readonly url: string;
  readonly port: number;
  readonly seen: readonly Seen[];
}

type Answers = readonly Answer[] | ((seen: Seen) => Answer);

const closing: (() => void)[] = [];

/** Answers in the order of the list, the last one again and again. */
export async function testServer(answers: Answers): Promise<TestServer> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    void readAll(request).then((body) => {
      const one: Seen = { method: request.method ?? "", url: request.url ?? "", headers: request.headers, body };
      const answer = typeof answers === "function" ? answers(one) : (answers[seen.length] ?? answers.at(-1) ?? {});
      seen.push(one);
      give(answer, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { url: `http://127.0.0.1:${port}`, port, seen };
}

function give(answer: Answer, response: ServerResponse): void {
  if (answer.silent === true) return;
  if (answer.cut === true) {
    response.socket?.destroy();
    return;
  }
  const promise = answer.promise === undefined ? {} : { "content-length": String(answer.promise) };
  response.writeHead(answer.status ?? 200, { ...answer.headers, ...promise });
  if (answer.promise === undefined) response.end(answer.body ?? "");
  else response.write(answer.body ?? "", () => response.socket?.destroy());
}

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

afterAll(() => {
  for (const close of closing.splice(0)) close();
});
