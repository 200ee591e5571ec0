import { AuthError, ConfigError } from "../core/error.ts";
import type { Secret } from "../core/secret.ts";
import { lookup } from "../core/table.ts";
import type { Ci } from "../host/ci.ts";
import type { Host } from "../host/host.ts";
import type { ForgeConfig } from "./contract.ts";
import { type ForgeId, type ForgeRow, forges, type Located } from "./registry.ts";
import { parseRemote, parseSlug, type Remote } from "./remote.ts";

/** What the user said, each wins over what is found. */
export interface ForgeWish {
  /** Address or `owner/name`. */
  readonly repo?: string | undefined;
  readonly driver?: string | undefined;
  readonly token?: Secret | undefined;
}

const table: Readonly<Record<ForgeId, ForgeRow>> = forges;
const ids = Object.keys(table).filter((id): id is ForgeId => id in table);

/** The forge and repository of flags, else of the CI, else of the Git remote `origin`. Null when none of them tells. */
export async function findForge(host: Host, wish: ForgeWish): Promise<Located | null> {
  const wanted = wish.driver === undefined ? undefined : idOf(wish.driver);
  const remote = await findRemote(host, wish.repo, wanted);
  if (remote === null) return null;
  const id = wanted ?? idOfServer(remote.serverUrl, host.ci);
  if (id === undefined) {
    if (wish.repo !== undefined) throw unknownForge(remote.serverUrl);
    return null;
  }
  const row = table[id];
  return { id, row, config: configOf(remote, row, host, wish.token) };
}

/** As `findForge`; `ConfigError` instead of null. */
export async function inferForge(host: Host, wish: ForgeWish): Promise<Located> {
  const found = await findForge(host, wish);
  if (found !== null) return found;
  const origin = await originUrl(host);
  const remote = origin === null ? null : parseRemote(origin);
  if (remote !== null) throw unknownForge(remote.serverUrl);
  throw new ConfigError("no repository to work on: no CI variables name one, and Git has no remote `origin`", {
    hint: "give --repo https://host/owner/name",
  });
}

/** The token of a located forge. Throws `AuthError` naming the variables to set. */
export function needToken(located: Located): Secret {
  if (located.config.token !== undefined) return located.config.token;
  throw new AuthError(`no token for ${located.row.title} at ${located.config.serverUrl}`, {
    status: 401,
    hint: tokenHelp(located.row),
  });
}

/** One line that says how to give a token. */
export function tokenHelp(row: ForgeRow): string {
  if (row.tokenAdvice !== undefined) return row.tokenAdvice;
  const own = row.tokens[0];
  return `set \`REPO_TOKEN\`${own === undefined ? "" : ` or \`${own}\``}, in a workflow: \`env: { REPO_TOKEN: "\${{ github.token }}" }\``;
}

function idOf(driver: string): ForgeId {
  const row = lookup(table, driver, "driver");
  const id = ids.find((candidate) => table[candidate] === row);
  if (id === undefined) throw new ConfigError(`unknown driver: \`${driver}\``);
  return id;
}

async function findRemote(host: Host, repo: string | undefined, driver: ForgeId | undefined): Promise<Remote | null> {
  const { ci } = host;
  if (repo !== undefined) {
    const mayNest = driver === "gitlab" || (driver === undefined && ci.id === "gitlab");
    const slug = parseSlug(repo, mayNest);
    if (slug !== null) return { ...slug, serverUrl: await serverOfSlug(host, repo, driver) };
    const remote = parseRemote(repo);
    if (remote === null)
      throw new ConfigError(`not the address of a repository: \`${repo}\``, {
        hint: "write https://host/owner/name or owner/name",
      });
    return remote;
  }
  const ofCi = ci.repositoryUrl === undefined ? null : parseRemote(ci.repositoryUrl);
  if (ofCi !== null) return ofCi;
  const origin = await originUrl(host);
  return origin === null ? null : parseRemote(origin);
}

async function serverOfSlug(host: Host, repo: string, driver: ForgeId | undefined): Promise<string> {
  if (host.ci.serverUrl !== undefined) return host.ci.serverUrl;
  const origin = await originUrl(host);
  const remote = origin === null ? null : parseRemote(origin);
  if (remote !== null) return remote.serverUrl;
  const known = driver === undefined ? undefined : table[driver].hosts[0];
  if (known !== undefined) return `https://${known}`;
  throw new ConfigError(`\`${repo}\` does not say on which server`, {
    hint: `give the whole address: --repo https://host/${repo}`,
  });
}

async function originUrl(host: Host): Promise<string | null> {
  // Per call and not in the user's settings: a checkout in a container often belongs to another user.
  const args = ["-c", "safe.directory=*", "remote", "get-url", "origin"];
  const result = await host.exec.run("git", args, { cwd: host.cwd, signal: host.signal });
  if (result.code !== 0) return null;
  return new TextDecoder().decode(result.stdout).trim();
}

function idOfServer(serverUrl: string, ci: Ci): ForgeId | undefined {
  const { hostname } = new URL(serverUrl);
  const isHost = (pattern: string) => {
    if (pattern.startsWith("*.")) return hostname.endsWith(pattern.slice(1));
    return pattern.endsWith(".*") ? hostname.startsWith(pattern.slice(0, -1)) : hostname === pattern;
  };
  const known = ids.find((id) => table[id].hosts.some(isHost));
  if (known !== undefined) return known;
  return sameServer(serverUrl, ci) ? ids.find((id) => table[id].ci.includes(ci.id)) : undefined;
}

function sameServer(serverUrl: string, ci: Ci): boolean {
  return ci.serverUrl !== undefined && new URL(ci.serverUrl).host === new URL(serverUrl).host;
}

function configOf(found: Remote, row: ForgeRow, host: Host, token: Secret | undefined): ForgeConfig {
  const remote = row.hasGroups === true ? grouped(found, host.ci) : found;
  const isCi = sameServer(remote.serverUrl, host.ci) && row.ci.includes(host.ci.id);
  // The CI knows its server's sub-path and the API's own host; only then are they not computed.
  const serverUrl = (isCi ? host.ci.serverUrl : undefined) ?? remote.serverUrl;
  const { owner, name } = remote;
  return {
    serverUrl,
    apiUrl: (isCi ? host.ci.apiUrl : undefined) ?? row.apiUrl(serverUrl),
    repository: { owner, name, url: `${serverUrl}/${owner}/${name}` },
    token: token ?? findToken(host, row),
  };
}

/** The path between server and name belongs to the owner, but for what the CI says is the server's own. */
function grouped(remote: Remote, ci: Ci): Remote {
  const { origin, pathname } = new URL(remote.serverUrl);
  const path = pathname.replace(/\/$/, "");
  const said = sameServer(remote.serverUrl, ci) ? new URL(ci.serverUrl ?? origin).pathname.replace(/\/$/, "") : "";
  const own = `${path}/`.startsWith(`${said}/`) ? said : "";
  const groups = path.slice(own.length).split("/");
  return { serverUrl: origin + own, owner: [...groups, remote.owner].filter((part) => part !== "").join("/"), name: remote.name };
}

function findToken(host: Host, row: ForgeRow): Secret | undefined {
  for (const name of ["CML_TOKEN", "REPO_TOKEN", ...row.tokens] as const) {
    const found = host.env.secret(name);
    // The job's own token of GitLab, mapped by hand: it still may not write.
    if (found !== undefined && !(row.ci.includes("gitlab") && found.reveal() === host.env.secret("CI_JOB_TOKEN")?.reveal()))
      return found;
  }
  return undefined;
}

function unknownForge(serverUrl: string): ConfigError {
  return new ConfigError(`cannot tell which forge runs at ${serverUrl}`, { hint: `give --driver ${ids.join("|")}` });
}
