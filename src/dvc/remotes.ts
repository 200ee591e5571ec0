import { ConfigError, type CmlError } from "../core/error.ts";
import type { Host } from "../host/host.ts";
import type { Store } from "../storage/contract.ts";
import { openStore } from "../storage/registry.ts";
import type { Config, RemoteConfig } from "./config.ts";
import type { Out } from "./out.ts";

/** A configured remote with its store. */
export interface Remote {
  readonly name: string;
  readonly config: RemoteConfig;
  readonly store: Store;
  /** Files lie under their own names, and the store keeps their versions. */
  readonly isVersionAware: boolean;
}

/** Remotes by name, each opened once; closes their connections at the end. */
export interface Remotes {
  /** Null when neither the output, nor `chosen`, nor the configuration names one. `ConfigError` when the name is unknown. */
  of(config: Config, out: Out): Promise<Remote | null>;
  /** The one chosen by `-r`, else the default one; null when there is neither. */
  main(config: Config): Promise<Remote | null>;
  /** Whether `-r` leaves an output out, because it belongs to another remote. */
  skips(out: Out): boolean;
  close(): Promise<void>;
}

export function openRemotes(host: Host, chosen: string | undefined): Remotes {
  const known = new Map<string, Promise<Remote>>();
  const wanted = chosen?.toLowerCase();
  const open = (config: Config, name: string): Promise<Remote> => {
    const remote = config.remote(name);
    const key = JSON.stringify([remote.name, remote.url, [...remote.options]]);
    let found = known.get(key);
    if (found === undefined) known.set(key, (found = connect(host, remote)));
    return found;
  };
  const main = async (config: Config): Promise<Remote | null> => {
    const name = wanted ?? config.defaultRemote;
    return name === null ? null : open(config, name);
  };
  return {
    main,
    of: async (config, out) => (out.remote === null ? main(config) : open(config, out.remote)),
    skips: (out) => wanted !== undefined && out.remote !== null && out.remote !== wanted,
    async close() {
      for (const one of known.values()) {
        const remote = await one.catch(() => null);
        await remote?.store.close?.();
      }
    },
  };
}

async function connect(host: Host, config: RemoteConfig): Promise<Remote> {
  const { name, url, options } = config;
  const isOn = (option: string): boolean => String(options.get(option) ?? "").toLowerCase() === "true";
  const store = await openStore({ url, options, source: `DVC remote \`${name}\`` }, host);
  return { name, config, store, isVersionAware: isOn("version_aware") || isOn("worktree") };
}

/** What to say where an action needs a remote and there is none. */
export function noRemote(config: Config): CmlError {
  return new ConfigError("no remote given and no default remote set", {
    hint:
      config.remoteNames.length === 0
        ? "`dvc remote add -d NAME URL` makes one"
        : `give one with \`-r\`: ${config.remoteNames.join(", ")}`,
  });
}
