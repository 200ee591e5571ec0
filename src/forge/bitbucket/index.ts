import { decode } from "../../core/decode.ts";
import type { Host } from "../../host/host.ts";
import type { Forge, ForgeConfig, Identity } from "../contract.ts";
import { type Client, client } from "./client.ts";
import { comments } from "./comment.ts";
import { files } from "./files.ts";
import { images } from "./images.ts";
import { pulls } from "./pull.ts";
import * as wire from "./wire.ts";

/** Bitbucket Cloud; offline. */
export function open(config: ForgeConfig, host: Host): Forge {
  const { repository } = config;
  const http = client(config, host);
  return {
    id: "bitbucket",
    title: "Bitbucket",
    repository,
    comments: comments(http, repository),
    pulls: pulls(http, repository),
    files: files(http, repository),
    images: images(http, repository),
    // Not documented; the server answers a page of HTML above 32,768 characters.
    limits: { commentBytes: 120_000, commentCodePoints: 31_000, fallbackCodePoints: 30_000 },
    markdown: { alerts: false, details: false },
    identify: (signal) => (config.token === undefined ? Promise.resolve(null) : identify(http, signal)),
  };
}

/** Access tokens of a repository, a project or a workspace may not ask. */
async function identify(http: Client, signal: AbortSignal): Promise<Identity | null> {
  const purpose = { what: "ask Bitbucket whose token this is", needs: "account" };
  const answer = await http.outside("/user", { signal, allow: [401, 403, 404] }, purpose);
  if (answer.status !== 200) return null;
  const { uuid, display_name: login } = decode(wire.user, answer.json(), "user of Bitbucket");
  return { login, id: uuid };
}
