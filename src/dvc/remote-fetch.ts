import { InputError, NotFoundError } from "../core/error.ts";
import type { Host } from "../host/host.ts";
import type { Store } from "../storage/contract.ts";
import { openStore } from "../storage/registry.ts";
import { createWindow, type Window } from "../storage/window.ts";
import type { Fetch } from "./contents.ts";
import { objectKey } from "./hash.ts";

/** For `openRevision`: brings metrics, plots and lists of folders from remotes that are elsewhere, many at once. */
export interface RemoteFetch {
  readonly fetch: Fetch;
  /** Ends the connections. */
  close(): Promise<void>;
}

/** Nothing is written; what is read is not kept. `AuthError` and `UnavailableError` of the remote pass on. */
export function openRemoteFetch(host: Host): RemoteFetch {
  const stores = new Map<string, Promise<{ store: Store; window: Window }>>();
  return {
    async fetch({ remote, hash, path }, { limitBytes }) {
      const key = JSON.stringify([remote.name, remote.url, [...remote.options]]);
      let opened = stores.get(key);
      if (opened === undefined) {
        const { url, options, name } = remote;
        opened = openStore({ url, options, source: `DVC remote \`${name}\`` }, host).then((store) => ({
          store,
          window: createWindow(store.traits.concurrency.start, store.traits.concurrency.most, () => host.clock.now()),
        }));
        stores.set(key, opened);
      }
      const { store, window } = await opened;
      try {
        return await window.run(async () => {
          const content = await store.read(objectKey(hash), { signal: host.signal });
          if (limitBytes !== undefined && (content.totalBytes ?? 0) > limitBytes) {
            content.discard();
            throw new InputError(`\`${path}\` is too large: ${content.totalBytes} bytes, at most ${limitBytes} are read`);
          }
          return content.bytes();
        });
      } catch (error) {
        if (error instanceof NotFoundError) return null;
        throw error;
      }
    },
    async close() {
      for (const opened of stores.values()) await (await opened.catch(() => null))?.store.close?.();
    },
  };
}
