import { join } from "node:path";
import { ConfigError } from "../../core/error.ts";
import type { Secret } from "../../core/secret.ts";
import type { Host } from "../../host/host.ts";
import { userName } from "../../host/user.ts";
import { parseAddress } from "../address.ts";
import type { StoreConfig } from "../contract.ts";
import { flagOption, numberOption, secretOption, textOption } from "../option.ts";
import { expandHome, readSshConfig, type SshConfig } from "./ssh-config.ts";

/** Where an SSH server is and how we prove who we are; the options of the remote win over `~/.ssh/config`. */
export interface SshSetting {
  /** Name as written, by which `known_hosts` and `~/.ssh/config` know it. */
  readonly alias: string;
  readonly hostName: string;
  readonly port: number;
  readonly user: string;
  readonly keyFiles: readonly string[];
  /** A key file was named on purpose: it comes before the agent. */
  readonly prefersFiles: boolean;
  readonly agent: string | null;
  readonly password: Secret | null;
  readonly passphrase: Secret | null;
  readonly knownHosts: readonly string[];
  readonly strict: "yes" | "no" | "accept-new";
  /** Machines to go through, the first one first. */
  readonly jumps: readonly SshSetting[];
  readonly connectMs: number;
}

const defaultKeys = ["id_ed25519", "id_ecdsa", "id_rsa"];

/** Checks what can be checked without the network; `ConfigError` for options that ask a person. */
export function checkOptions(config: StoreConfig): void {
  for (const name of ["ask_password", "ask_passphrase"])
    if (flagOption(config, name) === true)
      throw new ConfigError(`${config.source}: \`${name}\` cannot ask anybody here`, {
        hint: `set \`${name.slice(4)}\` in \`.dvc/config.local\`, or use a key`,
      });
  if (flagOption(config, "gss_auth") === true)
    throw new ConfigError(`${config.source}: \`gss_auth\` is not supported`, { hint: "use a key" });
}

export async function readSetting(config: StoreConfig, host: Host): Promise<SshSetting> {
  const address = parseAddress(config.url, config.source);
  const home = host.env.get("HOME") ?? host.env.get("USERPROFILE") ?? "/";
  const ssh = await readSshConfig(host, home);
  const keyFile = textOption(config, "keyfile");
  const base = settingOf(ssh, address.host, home, host, {
    user: textOption(config, "user") ?? address.user,
    port: numberOption(config, "port") ?? address.port,
  });
  const password = secretOption(config, "password");
  const passphrase = secretOption(config, "passphrase");
  for (const secret of [password, passphrase]) if (secret !== null) host.redactor.add(secret.reveal());
  const timeout = numberOption(config, "timeout");
  return {
    ...base,
    ...(keyFile === null ? {} : { keyFiles: [expandHome(keyFile, home)], prefersFiles: true }),
    password,
    passphrase,
    ...(timeout === null ? {} : { connectMs: Math.min(timeout * 1000, 120_000) }),
  };
}

function settingOf(
  ssh: SshConfig,
  alias: string,
  home: string,
  host: Host,
  given: { user: string | null; port: number | null },
  depth = 0,
): SshSetting {
  const found = ssh.of(alias);
  const first = (name: string): string | null => found.get(name)?.[0] ?? null;
  if (first("proxycommand") !== null && first("proxycommand") !== "none" && first("proxyjump") === null)
    throw new ConfigError(`\`ProxyCommand\` of \`~/.ssh/config\` is not supported, for \`${alias}\``, {
      hint: "use `ProxyJump`",
    });
  const user = given.user ?? first("user") ?? userName();
  const hostName = (first("hostname") ?? alias).replaceAll("%h", alias).replaceAll("%%", "%");
  const port = given.port ?? Number(first("port") ?? 22);
  const identities = (found.get("identityfile") ?? []).map((path) =>
    expandHome(path, home).replaceAll("%d", home).replaceAll("%h", hostName).replaceAll("%r", user).replaceAll("%u", userName()),
  );
  const agent = first("identityagent");
  const isOnly = first("identitiesonly") === "yes" && identities.length > 0;
  const known = first("userknownhostsfile")?.split(/\s+/) ?? [
    join(home, ".ssh", "known_hosts"),
    join(home, ".ssh", "known_hosts2"),
  ];
  const strict = first("stricthostkeychecking");
  return {
    alias: first("hostkeyalias") ?? alias,
    hostName,
    port,
    user,
    keyFiles: identities.length > 0 ? identities : defaultKeys.map((name) => join(home, ".ssh", name)),
    prefersFiles: isOnly,
    agent:
      isOnly || agent === "none"
        ? null
        : agent !== null && agent !== "SSH_AUTH_SOCK"
          ? expandHome(agent, home)
          : (host.env.get("SSH_AUTH_SOCK") ?? null),
    password: null,
    passphrase: null,
    knownHosts: [...known.map((path) => expandHome(path, home)), "/etc/ssh/ssh_known_hosts"],
    strict: strict === "no" || strict === "off" ? "no" : strict === "accept-new" ? "accept-new" : "yes",
    jumps: jumpsOf(ssh, first("proxyjump"), home, host, depth),
    connectMs: Number(first("connecttimeout") ?? 30) * 1000,
  };
}

function jumpsOf(ssh: SshConfig, text: string | null, home: string, host: Host, depth: number): SshSetting[] {
  if (text === null || text === "none") return [];
  if (depth > 8) throw new ConfigError("`ProxyJump` of `~/.ssh/config` leads in a circle");
  return text.split(",").flatMap((one) => {
    const match = /^(?:ssh:\/\/)?(?:([^@]+)@)?(\[[^\]]+\]|[^:]+)(?::(\d+))?$/.exec(one.trim());
    if (match === null) throw new ConfigError(`\`ProxyJump\` of \`~/.ssh/config\` is no host: \`${one}\``);
    const alias = (match[2] ?? "").replace(/^\[|\]$/g, "");
    const jump = settingOf(
      ssh,
      alias,
      home,
      host,
      { user: match[1] ?? null, port: match[3] === undefined ? null : Number(match[3]) },
      depth + 1,
    );
    return [...jump.jumps, { ...jump, jumps: [] }];
  });
}
