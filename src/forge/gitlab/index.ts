import { decode } from "../../core/decode.ts";
import type { Host } from "../../host/host.ts";
import type { Forge, ForgeConfig, Identity } from "../contract.ts";
import { pushedRecords } from "../push-record.ts";
import { changes } from "./change.ts";
import { type Client, client } from "./client.ts";
import { comments } from "./comment.ts";
import { files } from "./files.ts";
import { images } from "./images.ts";
import { pulls } from "./pull.ts";
import { runners } from "./runner.ts";
import * as wire from "./wire.ts";

/** gitlab.com and self-managed servers, below a path too; offline. */
export function open(config: ForgeConfig, host: Host): Forge {
  const { repository } = config;
  const http = client(config, host);
  return {
    id: "gitlab",
    title: "GitLab",
    repository,
    comments: comments(http, repository),
    pulls: pulls(http, repository),
    files: files(http, repository),
    images: images(http, config),
    changes: changes(http, repository, host),
    runners: runners(http, config),
    records: pushedRecords(config, host),
    // A million characters, whatever their bytes: https://docs.gitlab.com/administration/instance_limits/#size-of-comments-and-descriptions
    limits: { commentBytes: 4_000_000, commentCodePoints: 999_000, fallbackCodePoints: 65_000 },
    markdown: { alerts: hasAlerts(config, host), details: true },
    identify: (signal) => (config.token === undefined ? Promise.resolve(null) : identify(http, signal)),
  };
}

async function identify(http: Client, signal: AbortSignal): Promise<Identity | null> {
  const purpose = { what: "ask GitLab whose token this is", needs: "read_user" };
  const answer = await http.outside("/user", { signal, allow: [403] }, purpose);
  if (answer.status === 403) return null;
  const { id, username } = decode(wire.user, answer.json(), "user of GitLab");
  return { login: username, id: String(id) };
}

/** Since 17.10; before, `[!NOTE]` is words. */
function hasAlerts({ serverUrl }: ForgeConfig, host: Host): boolean {
  const version = /^(\d+)\.(\d+)/.exec(host.env.get("CI_SERVER_VERSION") ?? "");
  if (version === null) return new URL(serverUrl).hostname === "gitlab.com";
  const [major = 0, minor = 0] = version.slice(1).map(Number);
  return major > 17 || (major === 17 && minor >= 10);
}
