import type { Forge } from "../../forge/contract.ts";
import { findForge, tokenHelp } from "../../forge/infer.ts";
import { openForge } from "../../forge/registry.ts";
import type { Host } from "../../host/host.ts";
import type { App } from "../kit/command.ts";

/** The forge of this repository, as far as it can be used. */
export interface Reached {
  /** Null when no forge is known. */
  readonly forge: Forge | null;
  readonly hasToken: boolean;
  /** What to set so that the report can be posted; null when it can. */
  readonly missing: string | null;
  readonly serverUrl: string | null;
}

export async function reachForge(host: Host, app: App): Promise<Reached> {
  const located = await findForge(host, app.globals);
  if (located === null)
    return {
      forge: null,
      hasToken: false,
      missing: "no forge is known for this repository; `--repo` and `--driver` name it",
      serverUrl: null,
    };
  const hasToken = located.config.token !== undefined;
  const missing = hasToken ? null : `no token for ${located.row.title} at ${located.config.serverUrl}; ${tokenHelp(located.row)}`;
  return { forge: await openForge(located, host), hasToken, missing, serverUrl: located.config.serverUrl };
}
