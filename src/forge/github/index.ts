import type { ForgeConfig, Forge, Limits } from "../contract.ts";
import type { Host } from "../../host/host.ts";
import { checks } from "./check.ts";
import { changes } from "./change.ts";
import { client } from "./client.ts";
import { comments } from "./comment.ts";
import { files } from "./files.ts";
import { identify } from "./identity.ts";
import { images } from "./images.ts";
import { hiddenRef } from "./hidden-ref.ts";
import { pulls } from "./pull.ts";
import { runners } from "./runner.ts";

/** github.com, Enterprise Cloud with data residency and Enterprise Server; offline. */
export function open(config: ForgeConfig, host: Host): Forge {
  const { repository } = config;
  const http = client(config, host);
  const revisionFiles = files(http, repository);
  return {
    id: "github",
    title: "GitHub",
    repository,
    comments: comments(http, repository),
    pulls: pulls(http, repository),
    files: revisionFiles,
    changes: changes(http, config, host),
    checks: checks(http, repository),
    runners: runners(http, config),
    images: images(http, repository, revisionFiles, host),
    records: {
      async put(ref, path, bytes, signal) {
        const writer = hiddenRef(http, repository, revisionFiles, host, "keep a record");
        await writer.write(ref, new Map([[path, bytes]]), "Record of a run", async () => new Set(), signal);
      },
    },
    limits: isCloud(config.serverUrl) ? cloud : server,
    markdown: { alerts: true, details: true },
    identify: (signal) => identify(http, config, host, signal),
  };
}

/** 262,144 bytes measured on github.com (its message still says 65,536 characters); Enterprise Server is held to the documented number. */
const cloud: Limits = { commentBytes: 261_000, commentCodePoints: 261_000, fallbackCodePoints: 65_000 };
const server: Limits = { commentBytes: 261_000, commentCodePoints: 65_000, fallbackCodePoints: 65_000 };

function isCloud(serverUrl: string): boolean {
  const { hostname } = new URL(serverUrl);
  return hostname === "github.com" || hostname.endsWith(".ghe.com");
}
