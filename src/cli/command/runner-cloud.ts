import { join } from "node:path";
import { UsageError } from "../../core/error.ts";
import { type Cloud, type CloudConfig } from "../../cloud/contract.ts";
import { cloudOf, type NamedCloud, openCloud } from "../../cloud/registry.ts";
import type { Host } from "../../host/host.ts";
import { fileJournal, type Journal } from "../../runner/journal.ts";
import type { Values } from "../kit/option.ts";
import type { cloudOptions } from "./runner-option.ts";

export interface OpenedCloud {
  readonly named: NamedCloud;
  /** As the user named it. */
  readonly name: string;
  readonly cloud: Cloud;
}

/** The source of machines of the flags. `UsageError` when there is none: nothing is guessed where money is spent. */
export async function openNamedCloud(options: Values<typeof cloudOptions>, host: Host): Promise<OpenedCloud> {
  const name = options.cloud;
  if (name === undefined)
    throw new UsageError("which machines? `--cloud` is missing", {
      hint: "for example --cloud aws, or --cloud ssh --host gpu.example.com",
    });
  const named = cloudOf(name);
  return { named, name, cloud: await openCloud(named, configOf(options), host) };
}

function configOf(options: Values<typeof cloudOptions>): CloudConfig {
  return {
    regions: options.cloudRegion,
    allRegions: options.allRegions,
    hosts: options.host.length === 0 ? undefined : options.host,
    sshKeyFile: options.sshKey,
    knownHostsFile: options.knownHosts,
    namespace: options.namespace,
    context: options.context,
  };
}

/** Calls of it are not ended by the user's signal; each takes its own. */
export function lasting(host: Host): Host {
  return host.configured({ signal: new AbortController().signal });
}

/** Kept below the home folder; a machine without one keeps none. */
export function openJournal(host: Host): Journal {
  return fileJournal(host.file, join(cmlFolder(host), "journal.jsonl"));
}

export function cmlFolder(host: Host): string {
  return join(host.env.get("HOME") ?? host.env.get("USERPROFILE") ?? host.cwd, ".cml");
}
