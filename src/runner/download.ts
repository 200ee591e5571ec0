import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import { ConfigError, IntegrityError, NotFoundError, UnsupportedError } from "../core/error.ts";
import type { AgentArchive, AgentTarget, Runners } from "../forge/contract.ts";
import type { Host } from "../host/host.ts";
import { agentOf, type AgentKind } from "./agent.ts";

export interface AgentSource {
  readonly forge: string;
  /** `--runner-program`: the program itself (GitHub: its folder). */
  readonly program: string | undefined;
  /** `--runner-archive`: a file or an address, with `--runner-sha256`. */
  readonly archive: { readonly url: string; readonly sha256: string | null } | null;
  readonly runners: Runners | null;
}

const limitBytes = 600 * 1024 * 1024;

/** The agent's program, ready to start: the one that is named, the system's own, or one from an archive whose checksum was verified. */
export async function obtainAgent(source: AgentSource, folder: string, target: AgentTarget, host: Host): Promise<string> {
  const kind = agentOf(source.forge);
  if (source.program !== undefined) return source.program;
  if (source.archive !== null) return unpack(kind, { ...source.archive, fileName: basename(source.archive.url) }, folder, host);
  const own = await onPath(kind, host);
  if (own !== null) return own;
  const offered = await offeredBy(kind, source, target, host);
  if (offered === null) throw absent(kind);
  return unpack(kind, offered, folder, host);
}

/** Programs by which an agent is known on a system; GitHub's has no place of its own. */
const programs: Readonly<Record<AgentKind, readonly string[]>> = {
  github: [],
  gitlab: ["gitlab-runner"],
  gitea: ["gitea-runner", "act_runner", "forgejo-runner"],
  bitbucket: ["docker"],
};

async function onPath(kind: AgentKind, host: Host): Promise<string | null> {
  for (const name of programs[kind]) {
    const found = await host.exec.run("/bin/sh", ["-c", 'command -v "$1"', "sh", name], { signal: host.signal });
    const path = new TextDecoder().decode(found.stdout).trim();
    if (found.code === 0 && path !== "") return path;
  }
  return null;
}

/** https://docs.gitlab.com/runner/install/bleeding-edge/: the bucket of GitLab's own releases. */
const gitlabBucket = "https://gitlab-runner-downloads.s3.dualstack.us-east-1.amazonaws.com/latest";

async function offeredBy(kind: AgentKind, source: AgentSource, target: AgentTarget, host: Host): Promise<AgentArchive | null> {
  if (kind === "github") return (await source.runners?.archive?.(target, host.signal)) ?? null;
  if (kind !== "gitlab") return null;
  const name = `gitlab-runner-${target.os === "macos" ? "darwin" : target.os}-${target.architecture === "x64" ? "amd64" : "arm64"}`;
  const sums = await host.http.request({
    url: `${gitlabBucket}/release.sha256`,
    service: "GitLab's downloads",
    signal: host.signal,
  });
  const line = sums
    .text()
    .split("\n")
    .find((each) => each.endsWith(`binaries/${name}`));
  return { url: `${gitlabBucket}/binaries/${name}`, fileName: name, sha256: line?.split(/\s/)[0] ?? null };
}

/** Never runs what was not verified. An archive that was fetched before is taken again when its checksum is still right. */
async function unpack(kind: AgentKind, archive: AgentArchive, folder: string, host: Host): Promise<string> {
  const { sha256 } = archive;
  if (sha256 === null)
    throw new ConfigError(`nobody vouches for ${archive.url}: its checksum is not known`, { hint: "give --runner-sha256" });
  const bytes = await fetchVerified(archive, sha256.toLowerCase(), host);
  const place = join(folder, "agent");
  await host.file.makeFolder(place);
  if (kind !== "github") {
    const program = join(place, programs[kind][0] ?? kind);
    await host.file.write(program, bytes, { mode: 0o755 });
    return program;
  }
  const file = join(place, archive.fileName);
  await host.file.write(file, bytes);
  const result = await host.exec.run("tar", ["-xzf", file, "-C", place], { signal: host.signal });
  if (result.code !== 0) throw new IntegrityError(`cannot unpack \`${archive.fileName}\`: ${result.stderr.trim()}`);
  await host.file.remove(file);
  return place;
}

async function fetchVerified(archive: AgentArchive, sha256: string, host: Host): Promise<Uint8Array> {
  const isAddress = /^https?:\/\//.test(archive.url);
  const cache = cacheFolder(host);
  const kept = isAddress && cache !== null ? await host.file.read(join(cache, sha256)) : null;
  if (kept !== null && digest(kept) === sha256) return kept;
  const bytes = isAddress ? await download(archive.url, host) : await host.file.read(archive.url, { limitBytes });
  if (bytes === null) throw new NotFoundError(`no such file: \`${archive.url}\``);
  const found = digest(bytes);
  if (found !== sha256)
    throw new IntegrityError(`\`${archive.fileName}\` is not what it should be: SHA-256 is ${found}, expected ${sha256}`);
  if (isAddress && cache !== null) await host.file.write(join(cache, sha256), bytes).catch(() => undefined);
  return bytes;
}

async function download(url: string, host: Host): Promise<Uint8Array> {
  host.log.info(`fetching the runner's program from ${new URL(url).host}`);
  const answer = await host.http.request({
    url,
    service: "the runner's download",
    redirect: "follow",
    limitBytes,
    timeoutMs: 600_000,
    signal: host.signal,
  });
  return answer.bytes;
}

function digest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function cacheFolder(host: Host): string | null {
  const home =
    host.env.get("XDG_CACHE_HOME") ??
    (host.env.get("HOME") === undefined ? undefined : join(host.env.get("HOME") ?? "", ".cache"));
  return home === undefined ? null : join(home, "cml", "agent");
}

function absent(kind: AgentKind): UnsupportedError {
  const names = programs[kind].map((name) => `\`${name}\``).join(" or ");
  return new UnsupportedError(
    names === "" ? "the forge offers no program of its runner for this machine" : `there is no ${names} on this machine`,
    {
      hint: "install it, or give --runner-program, or --runner-archive with --runner-sha256",
    },
  );
}
