import type { AnyAuthMethod, Client, ConnectConfig, SFTPWrapper } from "ssh2";
import { AuthError, CmlError, UnavailableError } from "../../core/error.ts";
import type { Host } from "../../host/host.ts";
import { knownKeys } from "./known-hosts.ts";
import type { SshSetting } from "./setting.ts";

/** An open channel for files on a server, with the connections it runs through. */
export interface Connection {
  readonly sftp: SFTPWrapper;
  /** Why it ended; null while it lives. */
  ended(): Error | null;
  close(): void;
}

/** Connects through all jumps. `AuthError` for an unknown host key and when every credential is refused, `UnavailableError` when nobody answers. */
export async function connect(setting: SshSetting, host: Host): Promise<Connection> {
  const clients: Client[] = [];
  let end: Error | null = null;
  const close = (): void => {
    for (const client of clients.toReversed()) client.end();
  };
  try {
    const chain = [...setting.jumps, setting];
    let through: Client | null = null;
    for (const step of chain) {
      const client: Client = await login(step, through, host);
      clients.push(client);
      client.on("close", () => {
        end ??= new UnavailableError(`the connection to ${step.hostName} was closed`);
      });
      client.on("error", (cause) => {
        end ??= new UnavailableError(`the connection to ${step.hostName} broke`, { cause });
      });
      through = client;
    }
    const sftp = await openSftp(clients.at(-1), setting);
    sftp.on("close", () => {
      end ??= new UnavailableError(`${setting.hostName} has closed the file channel`);
    });
    return { sftp, ended: () => end, close };
  } catch (error) {
    close();
    throw error;
  }
}

async function login(setting: SshSetting, through: Client | null, host: Host): Promise<Client> {
  const { Client: SshClient } = await import("ssh2");
  const keys = await knownKeys(host, setting);
  const methods = await authMethods(setting, host);
  const sock = through === null ? undefined : await forward(through, setting);
  const client = new SshClient();
  let refusal: AuthError | null = null;
  const order = keyAlgorithms(keys.kinds);
  const config: ConnectConfig = {
    host: setting.hostName,
    port: setting.port,
    username: setting.user,
    readyTimeout: setting.connectMs,
    keepaliveInterval: 15_000,
    keepaliveCountMax: 4,
    authHandler: methods.list,
    hostVerifier: (key: Buffer) => {
      refusal = keys.refuse(key);
      return refusal === null;
    },
    ...(order.length === 0 ? {} : { algorithms: { serverHostKey: order } }),
    ...(sock === undefined ? {} : { sock }),
  };
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      client.end();
      reject(refusal ?? mapped(error, setting, methods.tried));
    };
    client.once("error", fail);
    client.once("close", () => fail(new Error("the server closed the connection")));
    client.once("ready", () => {
      client.removeListener("error", fail);
      resolve(client);
    });
    client.connect(config);
  });
}

function forward(through: Client, { hostName, port }: SshSetting): Promise<NonNullable<ConnectConfig["sock"]>> {
  return new Promise((resolve, reject) => {
    through.forwardOut("127.0.0.1", 0, hostName, port, (error, stream) => {
      if (error === undefined) resolve(stream);
      else reject(new UnavailableError(`${hostName}, port ${port} cannot be reached through the jump host`, { cause: error }));
    });
  });
}

function openSftp(client: Client | undefined, { hostName }: SshSetting): Promise<SFTPWrapper> {
  return new Promise((resolve, reject) => {
    client?.sftp((error, sftp) => {
      if (error === undefined) resolve(sftp);
      else reject(new UnavailableError(`${hostName} offers no file transfer (SFTP)`, { cause: error, retryable: false }));
    });
  });
}

/** The server is asked for a kind of key that `known_hosts` has: its other ones would look unknown. */
function keyAlgorithms(kinds: readonly string[]): ServerHostKey[] {
  return kinds.flatMap((kind) => algorithms.filter(({ kinds: names }) => names.includes(kind)).flatMap(({ offers }) => offers));
}

type ServerHostKey =
  | "ssh-ed25519"
  | "ecdsa-sha2-nistp256"
  | "ecdsa-sha2-nistp384"
  | "ecdsa-sha2-nistp521"
  | "rsa-sha2-512"
  | "rsa-sha2-256"
  | "ssh-rsa";

const algorithms: readonly { readonly kinds: readonly string[]; readonly offers: readonly ServerHostKey[] }[] = [
  { kinds: ["ssh-ed25519"], offers: ["ssh-ed25519"] },
  { kinds: ["ecdsa-sha2-nistp256"], offers: ["ecdsa-sha2-nistp256"] },
  { kinds: ["ecdsa-sha2-nistp384"], offers: ["ecdsa-sha2-nistp384"] },
  { kinds: ["ecdsa-sha2-nistp521"], offers: ["ecdsa-sha2-nistp521"] },
  { kinds: ["ssh-rsa"], offers: ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"] },
];

interface Methods {
  readonly list: AnyAuthMethod[];
  /** What is tried, for messages. */
  readonly tried: readonly string[];
}

async function authMethods(setting: SshSetting, host: Host): Promise<Methods> {
  const { user: username, agent, password, keyFiles, prefersFiles } = setting;
  const files = await keyMethods(setting, host);
  const agents: Methods =
    agent === null ? { list: [], tried: [] } : { list: [{ type: "agent", username, agent }], tried: ["the agent"] };
  const secret = password?.reveal();
  const words: Methods =
    secret === undefined
      ? { list: [], tried: [] }
      : {
          list: [
            { type: "password", username, password: secret },
            {
              type: "keyboard-interactive",
              username,
              prompt: (_name, _instructions, _language, prompts, finish) => finish(prompts.map(() => secret)),
            },
          ],
          tried: [`password (${password?.source ?? ""})`],
        };
  const parts = prefersFiles ? [files, words, agents] : [agents, files, words];
  const tried = parts.flatMap((part) => part.tried);
  if (tried.length === 0) tried.push(`nothing: no agent, no password, and none of ${keyFiles.join(", ")} can be used`);
  return { list: [{ type: "none", username }, ...parts.flatMap((part) => part.list)], tried };
}

async function keyMethods({ keyFiles, user, passphrase, prefersFiles }: SshSetting, host: Host): Promise<Methods> {
  const { utils } = await import("ssh2");
  const list: AnyAuthMethod[] = [];
  const tried: string[] = [];
  for (const path of keyFiles) {
    const bytes = await host.file.read(path);
    if (bytes === null) {
      if (prefersFiles) tried.push(`${path} (not there)`);
      continue;
    }
    const key = Buffer.from(bytes);
    const secret = passphrase?.reveal();
    const parsed = utils.parseKey(key, secret);
    if (parsed instanceof Error) {
      tried.push(`${path} (${/passphrase|encrypted/i.test(parsed.message) ? "needs another `passphrase`" : parsed.message})`);
      continue;
    }
    tried.push(path);
    list.push({ type: "publickey", username: user, key, ...(secret === undefined ? {} : { passphrase: secret }) });
  }
  return { list, tried };
}

function mapped(error: Error, setting: SshSetting, tried: readonly string[]): CmlError {
  const level = "level" in error ? String(error.level) : "";
  const where = `${setting.hostName}, port ${setting.port}`;
  if (level === "client-authentication")
    return new AuthError(`the SSH server ${where} refuses user \`${setting.user}\`; tried: ${tried.join(", ")}`, {
      status: 401,
      hint: "set `user` and `keyfile` of the remote, or load the key into the agent",
      cause: error,
    });
  const code = "code" in error ? String(error.code) : "";
  const why =
    code === "ECONNREFUSED"
      ? "refuses the connection"
      : code === "ENOTFOUND"
        ? "is not known by the name service"
        : "cannot be reached";
  return new UnavailableError(`the SSH server ${where} ${why}`, { cause: error });
}
