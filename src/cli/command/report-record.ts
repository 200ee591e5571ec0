import { nearestRecord, parseRecord, printRecord, recordPath, recordRef } from "../../compare/record.ts";
import { CmlError } from "../../core/error.ts";
import { formatAge, plural } from "../../report/number.ts";
import type { Work } from "./report-work.ts";
import type { Compared, FindRecord } from "./report-view.ts";

/** Ancestors that are asked for one by one where only the forge's API has the records. */
const asked = 30;

/** The nearest record by Git; where Git cannot fetch it, through the forge. */
export function recordFinder({ host, options, reached }: Work): FindRecord {
  return async (repository, sha) => {
    const found = await nearestRecord(repository, sha, options.fetch && host.ci.id !== "none");
    if (found !== null || reached.forge === null) return found;
    const { files } = reached.forge;
    try {
      const tip = await files.ref(recordRef, host.signal);
      if (tip === null) return null;
      for (const ancestor of await repository.history(sha, { limit: asked })) {
        const bytes = await files.read(tip, recordPath(ancestor), host.signal);
        if (bytes !== null) return parseRecord(new TextDecoder().decode(bytes), ancestor);
      }
    } catch (error) {
      if (!(error instanceof CmlError) || error.kind === "cancelled") throw error;
      host.log.warn(`no baseline for metrics that are not in Git: ${error.message}`);
    }
    return null;
  };
}

/** What the footer says of metrics that Git does not have: whose record stands in and how old it is, or how to get one. */
export function recordNotes(work: Work, { record, untracked }: Compared): string[] {
  if (untracked.length === 0 || work.opened.base === null) return [];
  const files = untracked.length === 1 ? (untracked[0] ?? "") : plural(untracked.length, "metrics file");
  if (record !== null) {
    const age = formatAge(Math.max(0, work.host.clock.now() - record.createdMs));
    return [`${files} is not in Git: compared with the run of ${record.sha.slice(0, 7)}, ${age} old`];
  }
  return [
    `${files} is not in Git and has no baseline: a run of \`cml report\` on the default branch stores one`.replaceAll("`", ""),
  ];
}

/** A run on the default branch keeps the metrics that Git does not have, for the pull requests to come. */
export async function keepRecord(work: Work, { values, untracked }: Compared): Promise<void> {
  const { host, opened, reached, app } = work;
  const { ci } = host;
  if (untracked.length === 0 || ci.id === "none" || ci.pullNumber !== undefined) return;
  if (ci.defaultBranch === undefined || ci.ref !== `refs/heads/${ci.defaultBranch}`) return;
  const sha = ci.headSha ?? (await opened.repository?.resolve("HEAD"));
  if (sha === undefined || sha === null) return;
  const files = new Set(untracked);
  const text = printRecord(
    sha,
    host.clock.now(),
    values.metrics.filter((metric) => files.has(metric.file)),
  );
  if (reached.forge?.records === undefined || !reached.hasToken) {
    host.log.info(
      "these metrics are not in Git; with a token that may write to the repository this run would store them as the baseline of pull requests",
    );
    return;
  }
  if (app.globals.dryRun) return;
  try {
    await reached.forge.records.put(recordRef, recordPath(sha), new TextEncoder().encode(text), host.signal);
  } catch (error) {
    if (!(error instanceof CmlError) || error.kind === "cancelled") throw error;
    host.log.warn(
      `the metrics of this run were not stored as a baseline: ${error.message}${error.hint === undefined ? "" : `; ${error.hint}`}`,
    );
  }
}
