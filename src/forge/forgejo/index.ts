import type { Host } from "../../host/host.ts";
import type { Forge, ForgeConfig } from "../contract.ts";
import { openAs } from "../gitea/index.ts";

/** Forgejo answers the calls of Gitea from which it came: https://forgejo.org/docs/latest/user/api-usage/ */
export function open(config: ForgeConfig, host: Host): Forge {
  return openAs({ id: "forgejo", title: "Forgejo" }, config, host);
}
