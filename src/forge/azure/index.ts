import { decode } from "../../core/decode.ts";
import type { Host } from "../../host/host.ts";
import type { Forge, ForgeConfig, Identity } from "../contract.ts";
import { type Client, client } from "./client.ts";
import { comments } from "./comment.ts";
import { files } from "./files.ts";
import { images } from "./images.ts";
import { pulls } from "./pull.ts";
import * as wire from "./wire.ts";

/** Azure DevOps, cloud and server: a repository is `{collection}/{project}/_git/{name}`, hence its owner is `_git`; offline. */
export function open(config: ForgeConfig, host: Host): Forge {
  const { repository } = config;
  const http = client(config, host);
  return {
    id: "azure",
    title: "Azure DevOps",
    repository,
    comments: comments(http, repository),
    pulls: pulls(http, repository),
    files: files(http, repository),
    images: images(http, repository),
    // 150,000 characters.
    limits: { commentBytes: 140_000, commentCodePoints: 140_000, fallbackCodePoints: 65_000 },
    markdown: { alerts: false, details: true },
    identify: (signal) => (config.token === undefined ? Promise.resolve(null) : identify(http, signal)),
  };
}

async function identify(http: Client, signal: AbortSignal): Promise<Identity | null> {
  const purpose = { what: "ask Azure DevOps whose token this is", needs: "any" };
  const call = { signal, query: { "api-version": "7.1-preview" }, allow: [403, 404] };
  const answer = await http.collection("/connectionData", call, purpose);
  if (answer.status !== 200) return null;
  const { id, providerDisplayName: login } = decode(
    wire.connection,
    answer.json(),
    "connection of Azure DevOps",
  ).authenticatedUser;
  return { login, id };
}
