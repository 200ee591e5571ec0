import { join } from "node:path";
import { AuthError, ConfigError, UnavailableError } from "../core/error.ts";
import { Secret } from "../core/secret.ts";
import type { Host } from "../host/host.ts";
import type { OpenRequest, OpenResponse, OpenTls } from "../host/http.ts";
import { parseAddress } from "./address.ts";
import type { Body, StoreConfig } from "./contract.ts";
import { flagOption, numberOption, secretOption, textOption } from "./option.ts";
import { inMemoryBytes } from "./part.ts";

export interface WebCall {
  readonly method: OpenRequest["method"];
  /** Absolute path with its encoding, or an address of the same server. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: OpenRequest["body"];
  readonly allow?: readonly number[];
  readonly idempotent?: boolean;
  readonly signal: AbortSignal;
}

/** A server that speaks HTTP: how it is reached and by which credential. Shared by the HTTP and the WebDAV store. */
export interface WebClient {
  /** Address of the store's root without trailing slash. */
  readonly base: string;
  /** Host for messages. */
  readonly server: string;
  url(key: string): string;
  call(call: WebCall): Promise<OpenResponse>;
}

const mostRedirects = 5;
const redirects: readonly number[] = [301, 302, 303, 307, 308];

/** `ConfigError` for contradictory options and for those that ask a person. */
export function webClient(config: StoreConfig, host: Host, kind: string): WebClient {
  const address = parseAddress(config.url, config.source);
  const scheme = address.scheme.endsWith("s") ? "https" : "http";
  if (flagOption(config, "ask_password") === true)
    throw new ConfigError(`${config.source}: \`ask_password\` cannot ask anybody here`, {
      hint: "set `password` in `.dvc/config.local`",
    });
  const origin = `${scheme}://${address.host}${address.port === null ? "" : `:${address.port}`}`;
  const base = origin + address.path.replace(/\/+$/, "");
  const tls = tlsOf(config);
  const idleMs = milliseconds(config, "read_timeout") ?? milliseconds(config, "timeout");
  const credential = credentialOf(config, address, host);
  const service = `${kind} ${address.host}`;

  async function send(call: WebCall, url: string, isOurs: boolean): Promise<OpenResponse> {
    return host.http.open({
      method: call.method,
      service,
      signal: call.signal,
      allow: [...(call.allow ?? []), ...redirects],
      ...(call.body === undefined ? {} : { body: call.body }),
      ...(call.idempotent === undefined ? {} : { idempotent: call.idempotent }),
      ...(idleMs === null ? {} : { idleMs }),
      ...(tls === null ? {} : { tls }),
      async prepare() {
        const auth = isOurs ? await credential() : null;
        if (auth !== null) used = `with ${auth.source}`;
        return { url, headers: { ...call.headers, ...auth?.headers } };
      },
      judge: ({ status, text }) => (status === 401 || status === 403 ? refused(status, url, text) : null),
    });
  }

  let used = "no credential was given";
  const refused = (status: 401 | 403, url: string, text: string): AuthError =>
    new AuthError(
      `${service} refuses ${new URL(url).pathname}: ${status}${text.trim() === "" || text.includes("<") ? "" : ` ${text.trim().slice(0, 200)}`} (${used})`,
      {
        status,
        hint: "set `user` and `password` of the remote in `.dvc/config.local`",
      },
    );

  return {
    base,
    server: address.host,
    url: (key) => `${base}/${key.split("/").map(encodeURIComponent).join("/")}`,
    async call(call) {
      let url = call.url;
      for (let turn = 0; turn <= mostRedirects; turn++) {
        // A signed address of another server must not get our credential.
        const response = await send(call, url, new URL(url).origin === origin);
        const location = redirects.includes(response.status) ? response.headers.get("location") : null;
        if (location === null) return response;
        response.discard();
        url = new URL(location, url).href;
      }
      throw new UnavailableError(`${service}: more than ${mostRedirects} redirects from ${call.url}`, { retryable: false });
    },
  };
}

function tlsOf(config: StoreConfig): OpenTls | null {
  for (const name of ["cert_path", "key_path"])
    if (textOption(config, name) !== null)
      throw new ConfigError(`${config.source}: \`${name}\` (client certificates) is not supported`);
  const value = textOption(config, "ssl_verify");
  if (value === null || value.toLowerCase() === "true") return null;
  return value.toLowerCase() === "false" ? { verify: false } : { caFile: value };
}

function milliseconds(config: StoreConfig, name: string): number | null {
  const seconds = numberOption(config, name);
  return seconds === null ? null : seconds * 1000;
}

interface Credential {
  readonly headers: Readonly<Record<string, string>>;
  readonly source: string;
}

type Address = ReturnType<typeof parseAddress>;

/** A token, a header of one's own, user and password of the options or the address, then `~/.netrc`. */
function credentialOf(config: StoreConfig, address: Address, host: Host): () => Promise<Credential | null> {
  const auth = textOption(config, "auth")?.toLowerCase() ?? null;
  const header = textOption(config, "custom_auth_header");
  const token = secretOption(config, "token");
  const password =
    secretOption(config, "password") ?? (address.password === null ? null : new Secret(address.password, "the address"));
  const user = textOption(config, "user") ?? address.user;
  for (const secret of [token, password]) if (secret !== null) host.redactor.add(secret.reveal());
  if (auth === "digest")
    throw new ConfigError(`${config.source}: \`auth = digest\` is not supported`, { hint: "use `basic` over https" });
  if (auth !== null && auth !== "basic" && auth !== "custom")
    throw new ConfigError(`${config.source}: unknown \`auth\`: \`${auth}\``);
  const known = fixed();
  let found: Promise<Credential | null> | undefined;
  return () => (found ??= known === null ? fromNetrc(address, host) : Promise.resolve(known));

  function fixed(): Credential | null {
    if (token !== null) return { headers: { authorization: `Bearer ${token.reveal()}` }, source: token.source };
    if (header !== null && (auth === "custom" || auth === null)) {
      if (password === null) throw new ConfigError(`${config.source}: \`custom_auth_header\` needs its value in \`password\``);
      return { headers: { [header]: password.reveal() }, source: password.source };
    }
    if (user === null && password === null) return null;
    return { headers: basic(user ?? "", password?.reveal() ?? ""), source: `user \`${user ?? ""}\`` };
  }
}

function basic(user: string, password: string): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` };
}

async function fromNetrc(address: Address, host: Host): Promise<Credential | null> {
  const home = host.env.get("HOME") ?? host.env.get("USERPROFILE");
  const text = home === undefined ? null : await host.file.readText(join(home, ".netrc")).catch(() => null);
  const entry = text === null ? null : netrcEntry(text, address.host);
  if (entry === null) return null;
  host.redactor.add(entry.password);
  return { headers: basic(entry.login, entry.password), source: "`~/.netrc`" };
}

/** Login of a machine in a `.netrc`; its `default` when the machine is not named. */
export function netrcEntry(text: string, machine: string): { login: string; password: string } | null {
  const words = text
    .replace(/^\s*#.*$/gm, "")
    .split(/\s+/)
    .filter((word) => word !== "");
  let isMine = false;
  let login = "";
  let password: string | null = null;
  for (let index = 0; index < words.length; index++) {
    const word = words[index];
    if (word === "machine" || word === "default") {
      if (isMine && password !== null) return { login, password };
      isMine = word === "default" || words[++index] === machine;
      [login, password] = ["", null];
    } else if (word === "login" || word === "password" || word === "account") {
      const value = words[++index] ?? "";
      if (word === "login") login = value;
      else if (word === "password") password = value;
    }
  }
  return isMine && password !== null ? { login, password } : null;
}

/** Small bodies from memory, large ones as they are read. */
export async function sendable(body: Body): Promise<NonNullable<OpenRequest["body"]>> {
  return body.sizeBytes <= inMemoryBytes ? body.bytes() : () => body.stream();
}
