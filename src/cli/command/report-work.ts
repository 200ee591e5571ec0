import { basename, dirname, resolve } from "node:path";
import type { Host } from "../../host/host.ts";
import { fileImages } from "../../report/file-image.ts";
import type { Settings } from "../../report/settings.ts";
import type { ImageSource } from "../../report/splice.ts";
import type { App } from "../kit/command.ts";
import type { ReportOptions } from "./report.ts";
import type { Reached } from "./report-forge.ts";
import type { Aim, Rules } from "./report-plan.ts";
import type { Opened } from "./report-view.ts";

/** What one run of `cml report` is about. */
export interface Work {
  readonly app: App;
  readonly host: Host;
  readonly options: ReportOptions;
  readonly settings: Settings;
  readonly rules: Rules;
  readonly warnings: readonly string[];
  readonly opened: Opened;
  readonly reached: Reached;
  readonly aim: Aim;
  readonly pagePath: string;
  readonly prose: string | null;
  readonly file: string | undefined;
  readonly root: string;
}

/** Images that the prose names: beside it, and below the repository's root. */
export function proseImages(work: Work): ImageSource {
  const folder = work.file === undefined || work.file === "-" ? work.host.cwd : dirname(resolve(work.host.cwd, work.file));
  return fileImages(work.host, folder, work.root);
}

/** What the page is about. `title`: the branch and what it is held against; `subject`: repository and commit. */
export async function headingOf({ host, opened, root, options, settings }: Work): Promise<{ title: string; subject: string }> {
  const branch = host.ci.headRef ?? (await opened.repository?.currentBranch()) ?? null;
  const against = opened.base === null ? "" : ` against ${opened.base.name}`;
  const title = options.title ?? settings.title ?? (branch === null ? "Report" : `${branch}${against}`);
  const sha = opened.head.sha === null ? "" : opened.head.sha.slice(0, 7);
  return { title, subject: [host.ci.repository ?? basename(root), sha].filter((part) => part !== "").join(" · ") };
}
