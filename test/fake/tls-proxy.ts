import { createServer as createTls } from "node:https";
import { connect, createServer } from "node:net";
import type { Socket } from "node:net";
import { join } from "node:path";
import type { Identity } from "./identity.ts";

export interface TlsWorld {
  /** Proxy with its credentials: `http://user:password@127.0.0.1:PORT`. */
  readonly proxyUrl: string;
  /** The private authority's certificate. */
  readonly caFile: string;
  /** Hosts that were asked for by `CONNECT`, and `407` for each request without credentials. */
  readonly connects: string[];
  close(): Promise<void>;
}

/** A private authority and a certificate for `names`, made by openssl in `folder`. */
export function certify(folder: string, names: readonly string[]): { key: string; cert: string; caFile: string } {
  const at = (name: string): string => join(folder, name);
  const run = (...args: string[]): void => {
    const { exitCode, stderr } = Bun.spawnSync(["openssl", ...args], { cwd: folder });
    if (exitCode !== 0) throw new Error(`openssl ${args[0]}: ${stderr.toString()}`);
  };
  const ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  run("req", "-x509", ...ec, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=cml test authority");
  run("req", ...ec, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=cml test server");
  Bun.spawnSync(
    ["sh", "-c", 'printf "subjectAltName=%s\n" "$1" > extensions', "sh", names.map((name) => `DNS:${name}`).join(",")],
    {
      cwd: folder,
    },
  );
  run(
    "x509",
    "-req",
    "-in",
    "server.csr",
    "-CA",
    "ca.pem",
    "-CAkey",
    "ca.key",
    "-CAcreateserial",
    "-out",
    "server.pem",
    "-days",
    "2",
    "-extfile",
    "extensions",
  );
  return { key: at("server.key"), cert: at("server.pem"), caFile: at("ca.pem") };
}

/** The services of `identity` behind TLS by a private authority, reached only through a proxy that wants credentials. */
export async function tlsWorld(folder: string, identity: Identity, names: readonly string[]): Promise<TlsWorld> {
  const { key, cert, caFile } = certify(folder, names);
  const connects: string[] = [];
  const server = createTls({ key: await Bun.file(key).text(), cert: await Bun.file(cert).text() }, (message, response) => {
    const chunks: Buffer[] = [];
    message.on("data", (chunk: Buffer) => chunks.push(chunk));
    message.on("end", () => {
      const url = new URL(message.url ?? "/", `https://${message.headers.host}`);
      const headers = new Headers(
        Object.entries(message.headers).map(([name, value]): [string, string] => [name, String(value)]),
      );
      const answer = identity.answer({ method: message.method ?? "GET", url, headers, body: Buffer.concat(chunks).toString() });
      const text = typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body);
      response.writeHead(answer.status, { "content-type": answer.type ?? "application/json" }).end(text);
    });
  });
  const port = await listen(server);
  const wanted = `Basic ${btoa("proxy-user:proxy-pass")}`;
  const proxy = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    let head = "";
    const read = (chunk: Buffer): void => {
      head += chunk.toString("latin1");
      if (!head.includes("\r\n\r\n")) return;
      socket.off("data", read);
      if (!head.toLowerCase().includes(`proxy-authorization: ${wanted.toLowerCase()}`)) {
        connects.push("407");
        socket.end(
          'HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic realm="x"\r\ncontent-length: 0\r\n\r\n',
        );
        return;
      }
      connects.push(/^CONNECT (\S+) /.exec(head)?.[1] ?? head.split("\r\n")[0] ?? "");
      tunnel(socket, port);
    };
    socket.on("data", read);
  });
  const proxyPort = await listen(proxy);
  return {
    proxyUrl: `http://proxy-user:proxy-pass@127.0.0.1:${proxyPort}`,
    caFile,
    connects,
    async close() {
      server.closeAllConnections();
      server.close();
      proxy.close();
    },
  };
}

function tunnel(socket: Socket, port: number): void {
  const onward = connect(port, "127.0.0.1", () => {
    socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
    onward.pipe(socket);
    socket.pipe(onward);
  });
  onward.on("error", () => socket.destroy());
  socket.on("close", () => onward.destroy());
}

async function listen(server: {
  listen(port: number, host: string, done: () => void): unknown;
  address(): unknown;
}): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address: unknown = server.address();
  const port: unknown = typeof address === "object" && address !== null ? Reflect.get(address, "port") : undefined;
  if (typeof port !== "number") throw new Error("the server has no port");
  return port;
}
