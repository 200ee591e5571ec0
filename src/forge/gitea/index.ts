import type { Host } from "../../host/host.ts";
import type { Forge, ForgeConfig } from "../contract.ts";
import { pushedRecords } from "../push-record.ts";
import { changes } from "./change.ts";
import { client } from "./client.ts";
import { comments } from "./comment.ts";
import { files } from "./files.ts";
import { identify } from "./identity.ts";
import { images } from "./images.ts";
import { pulls } from "./pull.ts";
import { runners } from "./runner.ts";

export function open(config: ForgeConfig, host: Host): Forge {
  return openAs({ id: "gitea", title: "Gitea" }, config, host);
}

/** The driver under another name; offline. */
export function openAs(called: { readonly id: string; readonly title: string }, config: ForgeConfig, host: Host): Forge {
  const { repository } = config;
  const { title } = called;
  const http = client(config, title, host);
  return {
    ...called,
    repository,
    comments: comments(http, repository, title),
    pulls: pulls(http, repository, title),
    files: files(http, repository, title),
    images: images(http, config, title, host),
    changes: changes(http, repository, title),
    runners: runners(http, config, title),
    records: pushedRecords(config, host),
    // No limit of its own (4,000,000 characters are stored); a page of that size serves nobody.
    limits: { commentBytes: 1_000_000, commentCodePoints: 1_000_000, fallbackCodePoints: 65_000 },
    markdown: { alerts: true, details: true },
    identify: (signal, near) => (config.token === undefined ? Promise.resolve(null) : identify(http, repository, signal, near)),
  };
}
