import { createServer, request as forward } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";

/** What happens to a request: an answer of our own, or the server's with half of its body. */
export type ProxyFault = { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string } | "cut";

export interface FaultProxy {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** `METHOD /path?query` of all requests. */
  readonly log: string[];
  /** The next `times` requests meet it; 0 forgets all. */
  fail(fault: ProxyFault, times: number): void;
  close(): Promise<void>;
}

/** Stands before a real server, whose signatures it leaves intact, and does to requests what networks and busy servers do. */
export async function faultProxy(upstream: string): Promise<FaultProxy> {
  const { hostname, port } = new URL(upstream);
  const log: string[] = [];
  let fault: ProxyFault | null = null;
  let left = 0;
  const server = createServer((message, response) => {
    log.push(`${message.method} ${message.url}`);
    const met = left > 0 ? fault : null;
    // Only an answer with a body can be cut.
    if (met !== null && (met !== "cut" || message.method === "GET")) left--;
    if (met !== null && met !== "cut") {
      message.resume();
      message.once("end", () => response.writeHead(met.status, met.headers ?? {}).end(met.body ?? ""));
      return;
    }
    pass(message, response, { hostname, port }, met === "cut" && message.method === "GET");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
    log,
    fail: (next, times) => {
      fault = next;
      left = times;
    },
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function pass(message: IncomingMessage, response: ServerResponse, to: { hostname: string; port: string }, isCut: boolean): void {
  const outgoing = forward(
    { ...to, method: message.method ?? "GET", path: message.url ?? "/", headers: message.headers },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      if (!isCut) return void answer.pipe(response);
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("end", () => {
        const all = Buffer.concat(chunks);
        response.write(all.subarray(0, all.length >> 1), () => response.socket?.destroy());
      });
    },
  );
  outgoing.on("error", () => response.destroy());
  message.on("error", () => outgoing.destroy());
  message.on("close", () => {
    if (!message.complete) outgoing.destroy();
  });
  message.pipe(outgoing);
}
