import { CmlError, InputError, NotFoundError } from "../../core/error.ts";
import type { Fetch } from "../../dvc/contents.ts";
import { objectKey } from "../../dvc/hash.ts";
import { openRemotes } from "../../dvc/remotes.ts";
import type { Host } from "../../host/host.ts";

/** Largest object that a report fetches: metrics and plots are small, a model has no business here. */
const limitBytes = 100_000_000;

interface RemoteData {
  readonly fetch: Fetch;
  close(): Promise<void>;
}

/**
 * Brings metrics and plots that DVC tracks and that lie on a remote elsewhere. Nothing is written. A remote that failed once is not asked again: without
 * a credential every file would wait for the same answer.
 */
export function openRemoteData(host: Host): RemoteData {
  const remotes = openRemotes(host, undefined);
  const failed = new Map<string, CmlError>();
  return {
    close: () => remotes.close(),
    async fetch({ hash, out, path, config, remote: { name } }, options) {
      const before = failed.get(name);
      if (before !== undefined) throw before;
      try {
        const remote = await remotes.of(config, out);
        // Such a remote keeps files under their own names, not by content.
        if (remote === null || remote.isVersionAware) return null;
        const limit = Math.min(options.limitBytes ?? limitBytes, limitBytes);
        const content = await remote.store.read(objectKey(hash), { signal: host.signal });
        if ((content.totalBytes ?? 0) > limit) {
          content.discard();
          throw new InputError(`${path} has ${content.totalBytes} bytes on remote \`${name}\`, at most ${limit} are read`);
        }
        return await content.bytes();
      } catch (error) {
        if (error instanceof NotFoundError) return null;
        if (error instanceof CmlError && error.kind !== "cancelled" && error.kind !== "input") failed.set(name, error);
        throw error;
      }
    },
  };
}
