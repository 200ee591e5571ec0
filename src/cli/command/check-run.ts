import { dirname } from "node:path";
import { inferForge, needToken } from "../../forge/infer.ts";
import { need } from "../../forge/need.ts";
import { openForge } from "../../forge/registry.ts";
import { resolveTarget } from "../../forge/target.ts";
import { imageChain } from "../../publish/chain.ts";
import { readBody, repositoryRoots } from "../../report/comment-file.ts";
import { draftOf } from "../../report/draft.ts";
import { fileImages } from "../../report/file-image.ts";
import type { App } from "../kit/command.ts";
import type { CheckOptions } from "./check-option.ts";

/** The forge's limit of a summary: https://docs.github.com/en/rest/checks/runs#create-a-check-run */
const limit = 65_535;

/** Writes a Markdown file as a check of a commit and prints its address; a check of the same key and commit is updated. */
export async function runCheck(name: string, options: CheckOptions, file: string, app: App): Promise<void> {
  const { host, globals } = app;
  const { signal } = host;
  const located = await inferForge(host, globals);
  const forge = await openForge(located, host);
  const checks = need(forge, "checks");
  needToken(located);
  const body = await readBody(host, file);
  const revision = options.commitSha === undefined ? "commit" : `commit/${options.commitSha}`;
  const target = await resolveTarget(revision, { forge, host, signal });
  if (target.kind !== "commit") return;
  if (globals.dryRun) {
    host.log.info(`would write the check \`${options.title}\` of commit ${target.sha.slice(0, 7)} of ${forge.repository.url}`);
    return;
  }
  const folder = file === "-" ? host.cwd : dirname(file);
  const put = imageChain(options.store ?? "auto", { forge, target, host, signal });
  const draft = draftOf(body, fileImages(host, folder, ...(await repositoryRoots(host))));
  const url = await checks.put(
    {
      name: options.title,
      title: options.title,
      sha: target.sha,
      summary: await draft({ put, budget: { bytes: limit, codePoints: limit } }),
      status: options.status,
      // With a conclusion the forge takes every check for completed.
      ...(options.status === "completed" ? { conclusion: options.conclusion } : {}),
      ...(host.ci.runUrl === undefined ? {} : { detailsUrl: host.ci.runUrl }),
      key: options.key ?? `check/${options.title}`,
    },
    signal,
  );
  host.out.write(globals.json ? `${JSON.stringify({ version: 1, command: name, result: { url }, warnings: [] })}\n` : `${url}\n`);
}
