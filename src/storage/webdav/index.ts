import { randomBytes } from "node:crypto";
import { ConflictError, NotFoundError } from "../../core/error.ts";
import { parseXml, xmlChild, xmlList, xmlText, type XmlElement } from "../../core/xml.ts";
import type { Host } from "../../host/host.ts";
import { emptyContent, rangeHeader } from "../content.ts";
import type { Entry, Store, StoreConfig } from "../contract.ts";
import { sendable, webClient, type WebClient } from "../web-client.ts";
import { rangedContent } from "../web-content.ts";

/** A WebDAV server (RFC 4918). Bodies go to a name of their own first and are moved when they are whole: not every server keeps half a PUT back. */
export function open(config: StoreConfig, host: Host): Store {
  const client = webClient(config, host, "WebDAV server");
  const title = `WebDAV server ${client.base}`;
  const folders = new Folders(client);
  return {
    title,
    traits: { concurrency: { start: 16, most: 64 }, ranges: true, conditionalWrite: true },
    stat: (key, signal) => stat(client, key, signal),
    async read(key, { range, signal }) {
      signal.throwIfAborted();
      const header = range === undefined ? undefined : rangeHeader(range);
      if (header === null) return emptyContent((await stat(client, key, signal))?.sizeBytes ?? null);
      const response = await client.call({
        method: "GET",
        url: client.url(key),
        allow: [404, 409, 410, 416],
        ...(header === undefined ? {} : { headers: { range: header } }),
        signal,
      });
      if ([404, 409, 410].includes(response.status)) {
        response.discard();
        throw new NotFoundError(`${title} has no \`${key}\``);
      }
      return rangedContent(response, range);
    },
    async write(key, body, { ifAbsent, signal }) {
      signal.throwIfAborted();
      const slash = key.lastIndexOf("/");
      const fresh = `${key.slice(0, slash + 1)}.${randomBytes(16).toString("base64url")}.tmp`;
      const put = async (): Promise<number> => {
        const response = await client.call({
          method: "PUT",
          url: client.url(fresh),
          headers: { "content-length": String(body.sizeBytes), "content-type": "application/octet-stream" },
          body: await sendable(body),
          allow: [403, 404, 409],
          signal,
        });
        response.discard();
        return response.status;
      };
      try {
        // 409 is the standard's answer to a missing folder; some servers say 404 or 403.
        const status = await put();
        if (status >= 400) {
          await folders.make(key.slice(0, Math.max(slash, 0)), signal);
          if ((await put()) >= 400) throw new ConflictError(`${title} takes no \`${key}\`: ${status}`);
        }
        await move(client, fresh, key, { overwrite: ifAbsent !== true, signal, title });
      } catch (error) {
        await drop(client, fresh, host.signal).catch(() => undefined);
        throw error;
      }
    },
    async *list(prefix, signal) {
      signal.throwIfAborted();
      const pending = [prefix.slice(0, prefix.lastIndexOf("/") + 1)];
      for (let folder = pending.pop(); folder !== undefined; folder = pending.pop())
        for (const { key, sizeBytes, isFolder } of await listed(client, folder, signal)) {
          if (isFolder) {
            if (key.startsWith(prefix) || prefix.startsWith(key)) pending.push(key);
          } else if (key.startsWith(prefix) && !/(^|\/)\.[\w-]{22}\.tmp$/.test(key)) yield { key, sizeBytes };
        }
    },
    remove: (key, signal) => drop(client, key, signal),
  };
}

async function stat(client: WebClient, key: string, signal: AbortSignal): Promise<Entry | null> {
  signal.throwIfAborted();
  const response = await client.call({ method: "HEAD", url: client.url(key), allow: [404, 409, 410], signal });
  response.discard();
  if (response.status >= 400) return null;
  return { key, sizeBytes: Number(response.headers.get("content-length") ?? 0) };
}

async function move(
  client: WebClient,
  from: string,
  to: string,
  { overwrite, signal, title }: { overwrite: boolean; signal: AbortSignal; title: string },
): Promise<void> {
  const response = await client.call({
    method: "MOVE",
    url: client.url(from),
    headers: { destination: client.url(to), overwrite: overwrite ? "T" : "F" },
    allow: [412],
    signal,
  });
  response.discard();
  if (response.status === 412) throw new ConflictError(`${title} has \`${to}\` already`);
}

async function drop(client: WebClient, key: string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const response = await client.call({ method: "DELETE", url: client.url(key), allow: [404, 409, 410], signal });
  response.discard();
}

/** Makes folders, each once, those above first. */
class Folders {
  readonly #client: WebClient;
  readonly #made = new Map<string, Promise<void>>();

  constructor(client: WebClient) {
    this.#client = client;
  }

  make(folder: string, signal: AbortSignal): Promise<void> {
    let made = this.#made.get(folder);
    if (made === undefined) {
      made = this.#create(folder, signal);
      this.#made.set(folder, made);
      made.catch(() => this.#made.delete(folder));
    }
    return made;
  }

  async #create(folder: string, signal: AbortSignal): Promise<void> {
    if (await this.#mkcol(folder, signal)) return;
    if (folder === "") throw new NotFoundError(`${this.#client.base} is not there, and cannot be made`);
    await this.make(folder.slice(0, Math.max(folder.lastIndexOf("/"), 0)), signal);
    if (!(await this.#mkcol(folder, signal)))
      throw new NotFoundError(`the folder \`${folder}\` cannot be made on ${this.#client.base}`);
  }

  /** False when a folder above is missing. 405 and 301 mean that it is there. */
  async #mkcol(folder: string, signal: AbortSignal): Promise<boolean> {
    const url = `${folder === "" ? this.#client.base : this.#client.url(folder)}/`;
    const response = await this.#client.call({ method: "MKCOL", url, allow: [404, 405, 409], signal });
    response.discard();
    return response.status < 300 || response.status === 405;
  }
}

interface Listed extends Entry {
  readonly isFolder: boolean;
}

const properties =
  '<?xml version="1.0" encoding="utf-8"?><propfind xmlns="DAV:"><prop><resourcetype/><getcontentlength/></prop></propfind>';

/** What is directly in a folder (`""`, or with a slash at its end); empty when it is absent. */
async function listed(client: WebClient, folder: string, signal: AbortSignal): Promise<Listed[]> {
  const url = folder === "" ? `${client.base}/` : client.url(folder);
  const response = await client.call({
    method: "PROPFIND",
    url,
    headers: { depth: "1", "content-type": "application/xml" },
    body: properties,
    allow: [404, 409, 410],
    signal,
  });
  if (response.status >= 400) {
    response.discard();
    return [];
  }
  const text = new TextDecoder().decode(await response.bytes());
  const answer = xmlChild(parseXml(text, `list of ${url}`, ["response", "propstat"]), "multistatus");
  const root = decodeURIComponent(new URL(client.base).pathname).replace(/\/+$/, "");
  return xmlList(answer, "response").flatMap((item) => {
    const path = decodeURIComponent(new URL(xmlText(item, "href")?.trim() ?? "", `${client.base}/`).pathname);
    const key = path.startsWith(`${root}/`) ? path.slice(root.length + 1) : null;
    if (key === null || key === folder || `${key}/` === folder || key === "") return [];
    const found = propertiesOf(item);
    return [{ key: found.isFolder && !key.endsWith("/") ? `${key}/` : key, ...found }];
  });
}

function propertiesOf(item: XmlElement): { isFolder: boolean; sizeBytes: number } {
  const good = xmlList(item, "propstat").find((one) => / 200 /.test(xmlText(one, "status") ?? "")) ?? null;
  const found = xmlChild(good, "prop");
  const type = found?.["resourcetype"];
  const isFolder = typeof type === "object" && "collection" in type;
  return { isFolder, sizeBytes: Number(xmlText(found, "getcontentlength") ?? 0) };
}
