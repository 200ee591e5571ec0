import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";

/** What a client sent, read whole. */
export interface Request {
  readonly method: string;
  /** Path as sent, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly bytes: Uint8Array;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text and bytes are sent as they are, anything else as JSON; undefined: no body. */
  readonly body?: unknown;
}

/** An answer given out of turn. `cut` closes the connection: before anything was done, or after it was done and before it was told. */
export interface Fault {
  readonly match?: (request: Request) => boolean;
  readonly answer?: Answer;
  readonly cut?: "before" | "after";
  /** How many requests meet it; 1 unless given. */
  readonly times?: number;
}

export interface Server {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly log: readonly Request[];
  next(fault: Fault): void;
  /** Answers take up to this long from now on, each another time. */
  delay(ms: number): void;
  /** Stops, and throws when any request or answer was not what the protocol allows. */
  close(): Promise<void>;
  readonly problems: string[];
}

/** A server on loopback whose `handle` answers from state; faults come first, every request is kept. */
export async function serve(handle: (request: Request, url: string) => Promise<Answer> | Answer): Promise<Server> {
  const log: Request[] = [];
  const problems: string[] = [];
  const faults: { fault: Fault; left: number }[] = [];
  let url = "";
  let delayMs = 0;
  const pause = () => (delayMs === 0 ? undefined : new Promise((resolve) => setTimeout(resolve, Math.random() * delayMs)));
  async function respond(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await readRequest(message);
    log.push(request);
    const met = faults.find(({ fault, left }) => left > 0 && (fault.match?.(request) ?? true));
    if (met !== undefined) met.left--;
    if (met?.fault.cut === "before") return void message.socket.destroy();
    if (met?.fault.answer !== undefined) return send(response, met.fault.answer);
    await pause();
    const answer = await handle(request, url);
    await pause();
    if (met?.fault.cut === "after") return void message.socket.destroy();
    send(response, answer);
  }
  const server = createServer((message, response) => {
    respond(message, response).catch((error: unknown) => {
      problems.push(`${message.method} ${message.url}: ${String(error)}`);
      if (!response.headersSent) send(response, { status: 500, body: { message: String(error) } });
      else response.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  return {
    url,
    log,
    problems,
    delay: (ms) => void (delayMs = ms),
    next: (fault) => void faults.push({ fault, left: fault.times ?? 1 }),
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      if (problems.length > 0) throw new Error(`the fake saw ${problems.length} problems:\n${problems.slice(0, 10).join("\n")}`);
    },
  };
}

async function readRequest(message: IncomingMessage): Promise<Request> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of message) chunks.push(chunk);
  const url = new URL(message.url ?? "/", "http://127.0.0.1");
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(message.headers)) headers[name] = Array.isArray(value) ? value.join(", ") : value;
  return {
    method: message.method ?? "",
    path: url.pathname,
    query: url.searchParams,
    headers,
    bytes: new Uint8Array(Buffer.concat(chunks)),
  };
}

function send(response: ServerResponse, answer: Answer): void {
  const { body } = answer;
  const isPlain = typeof body === "string" || body instanceof Uint8Array;
  const type = isPlain || body === undefined ? {} : { "content-type": "application/json; charset=utf-8" };
  response.writeHead(answer.status, { ...type, ...answer.headers });
  if (body === undefined || answer.status === 204) response.end();
  else response.end(isPlain ? body : JSON.stringify(body));
}

/** JSON of a request, undefined when it has no body. */
export function jsonOf(request: Request): unknown {
  return request.bytes.length === 0 ? undefined : JSON.parse(new TextDecoder().decode(request.bytes));
}

/** A member of unknown JSON, or undefined. */
export function member(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
}

export function textOf(value: unknown, key: string): string {
  const found = member(value, key);
  return typeof found === "string" ? found : "";
}
