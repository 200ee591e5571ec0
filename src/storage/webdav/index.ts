import { UnsupportedError } from "../../core/error.ts";
import type { Host } from "../../host/host.ts";
import type { Store, StoreConfig } from "../contract.ts";

export function open(config: StoreConfig, _host: Host): Store {
  throw new UnsupportedError(`${config.source}: addresses such as \`${config.url}\` are not supported`);
}
