import { createHash, createHmac } from "node:crypto";
import { AuthError } from "../../core/error.ts";
import type { Host } from "../../host/host.ts";
import { matchesHost } from "./ssh-config.ts";
import type { SshSetting } from "./setting.ts";

/** Keys that `known_hosts` files name for a server; see sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT". */
export interface KnownKeys {
  /** Kinds of keys, for asking the server for one that is known; empty when the server is unknown. */
  readonly kinds: readonly string[];
  /** Null when the key is known; else why it is not accepted. */
  refuse(key: Uint8Array): AuthError | null;
}

interface Line {
  readonly isRevoked: boolean;
  readonly hosts: string;
  readonly kind: string;
  readonly key: string;
}

export async function knownKeys(host: Pick<Host, "file" | "log">, setting: SshSetting): Promise<KnownKeys> {
  const lines: Line[] = [];
  for (const path of setting.knownHosts) lines.push(...readLines((await host.file.readText(path).catch(() => null)) ?? ""));
  const names = setting.port === 22 ? [setting.alias] : [`[${setting.alias}]:${setting.port}`];
  const mine = lines.filter(({ hosts }) => names.some((name) => matches(hosts, name)));
  const good = mine.filter(({ isRevoked }) => !isRevoked);
  return {
    kinds: [...new Set(good.map(({ kind }) => kind))],
    refuse(key) {
      const text = Buffer.from(key).toString("base64");
      const print = `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
      const where = setting.port === 22 ? setting.hostName : `${setting.hostName}, port ${setting.port}`;
      if (mine.some((line) => line.isRevoked && line.key === text))
        return new AuthError(`the host key of ${where} is revoked: ${print}`);
      if (good.some((line) => line.key === text)) return null;
      if (setting.strict === "no") return null;
      if (good.length > 0)
        return new AuthError(`the host key of ${where} is not the known one: ${print}`, {
          hint: "somebody may be listening, or the server has a new key; if so, replace its line in `known_hosts`",
        });
      if (setting.strict === "accept-new") {
        host.log.warn(`the host key of ${where} is unknown and accepted, as \`StrictHostKeyChecking\` says: ${print}`);
        return null;
      }
      const scan = setting.port === 22 ? setting.hostName : `-p ${setting.port} ${setting.hostName}`;
      return new AuthError(`the host key of ${where} is unknown: ${print}`, {
        hint: `compare it with the server's, then: \`ssh-keyscan ${scan} >> ~/.ssh/known_hosts\``,
      });
    },
  };
}

function readLines(text: string): Line[] {
  return text.split(/\r?\n/).flatMap((raw) => {
    const words = raw.trim().split(/\s+/);
    const marker = words[0]?.startsWith("@") === true ? words.shift() : undefined;
    const [hosts = "", kind = "", key = ""] = words;
    // A certificate authority would need certificates, which ssh2 does not read.
    if (hosts === "" || hosts.startsWith("#") || key === "" || marker === "@cert-authority") return [];
    return [{ isRevoked: marker === "@revoked", hosts, kind, key }];
  });
}

function matches(hosts: string, name: string): boolean {
  const hashed = /^\|1\|([^|]+)\|([^|]+)$/.exec(hosts);
  if (hashed === null) return matchesHost(name, hosts.split(","));
  const salt = Buffer.from(hashed[1] ?? "", "base64");
  return createHmac("sha1", salt).update(name).digest("base64") === hashed[2];
}
