import { ConfigError, ConflictError, UsageError } from "../../core/error.ts";
import type { ForgeRunner, Runners, RunnerScope } from "../../forge/contract.ts";
import { inferForge, needToken } from "../../forge/infer.ts";
import { need } from "../../forge/need.ts";
import { type Located, openForge } from "../../forge/registry.ts";
import type { Host } from "../../host/host.ts";
import type { App } from "../kit/command.ts";

/** The forge that a runner serves. */
export interface RunnerForge {
  readonly located: Located;
  readonly runners: Runners;
  readonly scope: RunnerScope;
  /** `owner/name`, or the owner alone. */
  readonly serves: string;
}

/** Opens the forge in a world whose calls outlive the user's signal: a launch that is given up still has to take its runner back. */
export async function openRunnerForge(app: App, host: Host, scopeText: string): Promise<RunnerForge> {
  const owner = ownerAddress(app.globals.repo);
  // An address of an owner alone means all of its repositories, as in the predecessor; any name stands for one of them.
  const repo = owner === null ? app.globals.repo : `${owner}/.github`;
  const located = await inferForge(host, { repo, driver: app.globals.driver, token: app.globals.token });
  needToken(located);
  const runners = need(await openForge(located, host), "runners");
  const scope =
    owner === null
      ? parseScope(scopeText, located.config.repository.owner)
      : ({ kind: "organization", name: located.config.repository.owner } as const);
  const { repository } = located.config;
  return { located, runners, scope, serves: scope.kind === "repository" ? `${repository.owner}/${repository.name}` : scope.name };
}

function ownerAddress(repo: string | undefined): string | null {
  return repo !== undefined && /^https?:\/\/[^/]+\/[^/]+\/?$/.test(repo) ? repo.replace(/\/$/, "") : null;
}

export function parseScope(text: string, owner: string): RunnerScope {
  const [kind = "", name] = text.split("/");
  if (kind === "repository" || kind === "repo") return { kind: "repository" };
  if (kind === "organization" || kind === "organisation" || kind === "org" || kind === "group")
    return { kind: "organization", name: name ?? owner };
  if (kind === "enterprise" && name !== undefined && name !== "") return { kind: "enterprise", name };
  throw new UsageError(`unknown scope: \`${text}\``, { hint: "known: repository, organization, enterprise/NAME" });
}

/** Refuses a runner that anybody's pull request could use again and again. */
export async function refusePublic(
  forge: RunnerForge,
  isSingle: boolean,
  isAllowed: boolean,
  signal: AbortSignal,
): Promise<void> {
  if (isSingle || isAllowed || forge.scope.kind !== "repository") return;
  if ((await forge.runners.isPublic(signal)) !== true) return;
  throw new ConfigError(
    `${forge.serves} is public: a runner that lives longer than one job would run anybody's code, and what it leaves behind`,
    {
      hint: "give --single, or --allow-public when pull requests of strangers never run on it",
    },
  );
}

export interface Wanted {
  readonly name: string;
  readonly labels: readonly string[];
  readonly reuse: boolean;
  readonly reuseIdle: boolean;
}

/** The runner that makes a new one needless, or null. `ConflictError` for one of the same name that is not to be reused. */
export async function findServing(forge: RunnerForge, wanted: Wanted, signal: AbortSignal): Promise<ForgeRunner | null> {
  const hasAll = (runner: ForgeRunner): boolean => wanted.labels.every((label) => runner.labels.includes(label));
  for await (const runner of forge.runners.list(forge.scope, signal)) {
    if (runner.name === wanted.name) {
      if (wanted.reuse) return runner;
      throw new ConflictError(`a runner called \`${runner.name}\` is there already`, { hint: "give another --name, or --reuse" });
    }
    if (!runner.isOnline || !hasAll(runner)) continue;
    if (wanted.reuse || (wanted.reuseIdle && runner.isBusy === false)) return runner;
  }
  return null;
}

/** Takes a runner off the list by its name; nothing when it is not there. */
export async function unregister(forge: RunnerForge, name: string, signal: AbortSignal): Promise<void> {
  for await (const runner of forge.runners.list(forge.scope, signal))
    if (runner.name === name) await forge.runners.remove(forge.scope, runner.id, signal);
}
