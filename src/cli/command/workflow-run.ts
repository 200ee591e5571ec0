import { ConflictError, NotFoundError, UsageError } from "../../core/error.ts";
import { inferForge, needToken } from "../../forge/infer.ts";
import { need } from "../../forge/need.ts";
import { openForge } from "../../forge/registry.ts";
import type { App } from "../kit/command.ts";

export async function runRerun(
  options: { readonly id: string | undefined; readonly all: boolean },
  { host, globals }: App,
): Promise<void> {
  const { ci, signal } = host;
  const located = await inferForge(host, globals);
  const forge = await openForge(located, host);
  const runners = need(forge, "runners");
  const id = options.id ?? (ci.id === "gitlab" ? host.env.get("CI_PIPELINE_ID") : ci.runId);
  if (id === undefined || !/^\d+$/.test(id)) throw new UsageError("which run: `--id` wants its number");
  const { url } = forge.repository;
  const address = forge.id === "gitlab" ? `${url}/-/pipelines/${id}` : `${url}/actions/runs/${id}`;
  if (globals.dryRun) {
    host.log.info(`would run ${options.all ? "all" : "the failed"} jobs of ${address} again`);
    return;
  }
  needToken(located);
  const outcome = await runners.rerun?.(id, signal, options.all);
  if (outcome === "running")
    throw new ConflictError(`run ${id} is not over`, { hint: `wait for it, or cancel it first: ${address}` });
  if (outcome !== "asked") throw new NotFoundError(`run ${id} of ${url} cannot be run again: it is not there, or too old`);
  host.out.write(
    globals.json
      ? `${JSON.stringify({ version: 1, command: "workflow rerun", result: { url: address }, warnings: [] })}\n`
      : `${address}\n`,
  );
}
