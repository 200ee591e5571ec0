import { dirname, join, resolve } from "node:path";
import { InputError } from "../../core/error.ts";
import type { Check, CommentTarget, Forge } from "../../forge/contract.ts";
import { need } from "../../forge/need.ts";
import { pullOf, resolveTarget } from "../../forge/target.ts";
import { toBody } from "../../report/body.ts";
import { commentDraft, drawImages } from "../../report/comment.ts";
import { plainText } from "../../report/document.ts";
import { fit } from "../../report/fit.ts";
import { withMarker } from "../../report/marker.ts";
import { pageFile } from "../../report/page-file.ts";
import type { Pictures } from "../../report/picture.ts";
import type { Outlets } from "../../report/post.ts";
import { toCodeQuality, toOpenMetrics } from "../../report/gitlab-file.ts";
import { toJson, toJunit } from "../../report/record.ts";
import type { Report } from "../../report/report.ts";
import { type Draft, type Sticky, stickyFromCi, upsertComment } from "../../report/sticky.ts";
import { appendSummary } from "../../report/summary.ts";
import type { FileFormat } from "../../report/target.ts";
import { verdictOf } from "../../report/verdict.ts";
import { terminalText } from "./report-screen.ts";
import { proseImages, headingOf, type Work } from "./report-work.ts";

const everything = { alerts: true, details: true };
/** Largest text of a check: https://docs.github.com/en/rest/checks/runs */
const checkBudget = { bytes: 65_000, codePoints: 65_000 };

/** Ways out of this report. `opening`: the terminal shows its beginning already. */
export function openOutlets(work: Work, report: () => Report, pictures: Pictures, opening: boolean): Outlets {
  const { host, app, prose } = work;
  const published = new Map<string, string>();
  const images = proseImages(work);
  const body = (picture: (slot: string) => string | null, ability = work.reached.forge?.markdown ?? everything): string =>
    toBody(report(), { prose, ability, picture });
  const address = (slot: string): string | null => published.get(slot) ?? null;
  const sticky = stickyOf(work);
  /** Text of the comment as it was posted, pictures and all. */
  let posted: string | null = null;

  async function comment(text: string): Promise<string | null> {
    const forge = needForge(work);
    const target = await targetOf(work, forge, text);
    if (target === null) return null;
    if (app.globals.dryRun) {
      host.log.info(`dry run: a comment would be written on ${describe(target)} of ${forge.repository.url}`);
      return null;
    }
    const draft = commentDraft(report, forge, {
      prose,
      images,
      pictures,
      log: host.log,
      published: (slot, url) => published.set(slot, url),
    });
    const remembering: Draft = async (room) => (posted = await draft(room));
    const answer = await upsertComment(
      { forge, target, host, signal: host.signal, store: work.options.store ?? work.settings.store },
      remembering,
      sticky,
    );
    if (answer.change === "older") host.log.warn("a newer run has written the comment: it stays as it is");
    return answer.url === "" ? null : answer.url;
  }

  async function file(format: FileFormat, path: string): Promise<string> {
    if (resolve(host.cwd, path) === work.pagePath) await host.file.write(join(dirname(work.pagePath), ".gitignore"), "*\n");
    await host.file.write(path, format === "md" ? await markdownFile(path) : await content(format));
    return path;
  }

  async function content(format: Exclude<FileFormat, "md">): Promise<string> {
    if (format === "json") return toJson(report());
    if (format === "junit") return toJunit(report());
    if (format === "gitlab-metrics") return toOpenMetrics(report());
    if (format === "codequality") return toCodeQuality(report());
    return pageFile(report, { ...(await headingOf(work)), prose, images, pictures });
  }

  /** Pictures go into a folder beside the file, addressed relative to it. */
  async function markdownFile(path: string): Promise<string> {
    const drawn = await drawImages(report(), pictures);
    const folder = `${path.replace(/\.[^./\\]*$/, "")}-pictures`;
    const names = new Map<string, string>();
    for (const [slot, image] of drawn) {
      const name = `${names.size + 1}-${image.name.replace(/[^A-Za-z0-9._-]+/g, "-")}`;
      await host.file.write(join(folder, name), image.bytes);
      names.set(slot, `${folder.replace(/^.*[/\\]/, "")}/${name}`);
    }
    return body((slot) => names.get(slot) ?? null, everything);
  }

  return {
    comment,
    file,
    async check() {
      const forge = needForge(work);
      const checks = need(forge, "checks");
      if (app.globals.dryRun) {
        host.log.info(`dry run: a check would be written on ${forge.repository.url}`);
        return null;
      }
      return checks.put(await checkOf(work, report(), body(address), sticky.key), host.signal);
    },
    summary: () => appendSummary(host, body(address, everything)),
    stdout: async () => withMarker(posted ?? body(address), sticky),
    terminal: async () => (app.globals.json ? null : terminalText(work, report(), opening)),
  };
}

function stickyOf({ host, options, settings }: Work): Sticky {
  const marker = stickyFromCi(host.ci, options.title ?? settings.title ?? "");
  const key = options.key ?? settings.key;
  return { ...marker, ...(key === undefined ? {} : { key }), mode: options.mode ?? settings.mode ?? "update" };
}

/** The pull request by default may be missing, as on a push to the default branch; one that was asked for may not. */
async function targetOf(work: Work, forge: Forge, text: string): Promise<CommentTarget | null> {
  const where = { forge, host: work.host, signal: work.host.signal };
  if (work.aim.named || text !== "pr") return resolveTarget(text, where);
  const number = await pullOf(where);
  if (number === null) work.host.log.info("no open pull request has this commit: no comment is written");
  return number === null ? null : { kind: "pull", number };
}

function needForge({ reached }: Work): Forge {
  if (reached.forge === null) throw new InputError(reached.missing ?? "no forge is known for this repository");
  return reached.forge;
}

function describe(target: CommentTarget): string {
  return target.kind === "commit" ? `commit ${target.sha.slice(0, 7)}` : `#${target.number}`;
}

async function checkOf(work: Work, report: Report, markdown: string, key: string): Promise<Check> {
  const verdict = verdictOf(report);
  const sha = work.host.ci.headSha ?? work.opened.head.sha ?? (await work.opened.repository?.resolve("HEAD"));
  if (sha === undefined || sha === null) throw new InputError("a check needs a commit, and the repository has none");
  const { text } = fit(markdown, checkBudget, (moved) => `*${moved} parts of this report did not fit.*\n`);
  const failed = report.gates.some((gate) => gate.outcome === "failed") && !report.advisory;
  const { runUrl } = work.host.ci;
  return {
    name: work.options.title ?? work.settings.title ?? "cml report",
    sha,
    title: plainText(verdict.spans).slice(0, 250),
    summary: text,
    status: "completed",
    conclusion: failed ? "failure" : verdict.alert === "warning" ? "neutral" : "success",
    ...(runUrl === undefined ? {} : { detailsUrl: runUrl }),
    key,
  };
}
