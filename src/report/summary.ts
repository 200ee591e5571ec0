import type { Host } from "../host/host.ts";
import { fit, measure } from "./fit.ts";

/** The runner drops the whole summary of a step above 1 MiB: https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#step-isolation-and-limits */
const limitBytes = 1024 * 1024;

/**
 * Appends to the job summary and answers its file; null when the CI has none. Other programs of the step write to the same file: what is
 * there already counts, and blocks beyond the limit are left out and said so.
 */
export async function appendSummary(host: Host, markdown: string): Promise<string | null> {
  const path = host.ci.summaryFile;
  if (path === undefined) return null;
  const used = (await host.file.stat(path))?.sizeBytes ?? 0;
  const room = limitBytes - used - 2;
  const note = (moved: number) => `*${moved} parts of this report did not fit into the job summary.*\n`;
  if (room < measure(note(99_999)).bytes) {
    host.log.warn("the job summary of this step is full: the report is not in it");
    return path;
  }
  const { text, moved } = fit(markdown, { bytes: room, codePoints: room }, note);
  if (moved !== "") host.log.warn("the report is too long for the job summary: some parts were left out");
  await host.file.append(path, text.endsWith("\n") ? text : `${text}\n`);
  return path;
}
