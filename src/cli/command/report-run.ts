import { dirname, join, resolve } from "node:path";
import { comparePlots } from "../../compare/compare.ts";
import type { Comparison } from "../../compare/comparison.ts";
import { AuthError, GateError, InputError } from "../../core/error.ts";
import type { Fetch } from "../../dvc/contents.ts";
import { openRepository } from "../../dvc/git.ts";
import type { Host } from "../../host/host.ts";
import { writeOutputs, outputsOf } from "../../report/output.ts";
import { openPictures } from "../../report/picture.ts";
import { deliver } from "../../report/post.ts";
import { toJson } from "../../report/record.ts";
import { type Facts, type Report, reportOf } from "../../report/report.ts";
import { readSettings, type Settings } from "../../report/settings.ts";
import { isSame } from "../../report/verdict.ts";
import type { App } from "../kit/command.ts";
import type { ReportOptions } from "./report.ts";
import { reachForge, type Reached } from "./report-forge.ts";
import { openOutlets } from "./report-outlet.ts";
import { aimOf, rulesOf } from "./report-plan.ts";
import { keepRecord, recordFinder, recordNotes } from "./report-record.ts";
import { isStranger, trustedSettings } from "./report-trust.ts";
import { baseOfForge, type Compared, openBase, openView, valuesOf, withRemotes } from "./report-view.ts";
import type { Work } from "./report-work.ts";
import { showOpening } from "./report-screen.ts";
import { notRepository } from "./sides.ts";

/** Largest prose: what no forge takes is no report. */
const proseLimitBytes = 4_000_000;

/** The life of a report: what is compared, judged, shown, posted. Answers the exit code; a failed gate throws after everything was posted. */
export async function runReport(app: App, options: ReportOptions, file: string | undefined): Promise<number> {
  const { host } = app;
  const prose = file === undefined ? null : await readProse(host, file);
  const repository = await openRepository(host);
  const remotes = lazyRemoteData(host);
  try {
    const root = repository?.root ?? host.cwd;
    const own = await readSettings(await host.file.read(join(root, "cml.yaml"), { limitBytes: 1_000_000 }));
    // Everything that can be wrong with the command line is told before any work.
    rulesOf(options, own);
    const local = await openBase(host, { ...options, base: options.base ?? (host.ci.isFork ? undefined : own.base) }, repository);
    const { settings, warnings } = await trustedSettings(host, local, own, options.trustHead);
    const rules = rulesOf(options, settings);
    const reached = await reachIfWanted(host, app, options, settings);
    const known = await baseOfForge(host, local, reached.forge);
    const opened = options.fetch ? withRemotes(known, remotes.fetch, isStranger(host) && !options.trustHead) : known;
    const pagePath = resolve(root, ".cml", "report.html");
    const aim = aimOf(host, settings, { to: options.to, canComment: reached.forge !== null && reached.hasToken, pagePath });
    return await make({ app, host, options, settings, rules, warnings, opened, reached, aim, pagePath, prose, file, root });
  } finally {
    await remotes.close();
    await repository?.close();
  }
}

/** Storage is loaded by the first file that is not here. */
function lazyRemoteData(host: Host): { fetch: Fetch; close(): Promise<void> } {
  let data: Promise<{ fetch: Fetch; close(): Promise<void> }> | undefined;
  const opened = () => (data ??= import("./report-remote.ts").then(({ openRemoteData }) => openRemoteData(host)));
  return {
    fetch: async (wanted, limits) => (await opened()).fetch(wanted, limits),
    close: async () => (data === undefined ? undefined : (await data).close()),
  };
}

async function make(work: Work): Promise<number> {
  const { host, options, opened, aim } = work;
  const view = await openView(host, opened, options, work.settings);
  const compared = await valuesOf(host, opened, view, { compare: options.compare, findRecord: recordFinder(work) });
  if (opened.repository === null && isNothing(compared)) throw notRepository(host);
  const judged = (comparison: Comparison): Report => judgedReport(work, compared, comparison);
  const quick = judged({ ...compared.values, plots: [], images: [] });
  const opening = showOpening(work, quick);
  let report = quick;
  const pictures = openPictures(host, () => report.charts, { timeoutMs: options.chartTimeout, memoryBytes: options.chartMemory });
  try {
    report = judged(await comparePlots(view, compared.values));
    const whole = (): Report => withFailures(report, pictures.failures);
    const outlets = openOutlets(work, whole, pictures, opening);
    const isWanted = wanted(options.when ?? work.settings.when ?? "always", report);
    const targets = isWanted ? aim.targets : aim.targets.filter((target) => target.kind !== "comment" && target.kind !== "check");
    if (!isWanted) host.log.info("nothing is posted: `--when` does not hold");
    const delivered = await deliver(outlets, { targets, named: aim.named, strict: options.strict, log: host.log });
    await keepRecord(work, compared);
    const url = delivered.lines.findLast(({ line }) => /^https?:\/\//.test(line))?.line ?? null;
    const page = targets.find((target) => target.kind === "file" && target.format === "html");
    await writeOutputs(host, outputsOf(whole(), url, page?.kind === "file" ? page.path : null), dirname(work.pagePath));
    print(work, whole(), delivered.lines);
    if (delivered.failure !== null) throw delivered.failure;
    tellMissing(work);
    failOnGates(whole());
    return 0;
  } finally {
    pictures.close();
  }
}

/** Without CI and without a target on the forge nothing of it is needed: no Git call, no network. */
async function reachIfWanted(host: Host, app: App, options: ReportOptions, settings: Settings): Promise<Reached> {
  const texts = options.to.length > 0 ? options.to : (settings.to ?? []);
  const needsForge =
    texts.length === 0 ? host.ci.id !== "none" : texts.some((text) => /^\s*(?:pr|commit|issue|check|auto|stdout)\b/.test(text));
  if (needsForge) return reachForge(host, app);
  return { forge: null, hasToken: false, missing: null, serverUrl: null };
}

/** What stood in the way of the comment in CI: one line with what to set. */
function tellMissing({ host, aim, reached, options }: Work): void {
  if (aim.named || host.ci.id === "none" || reached.missing === null) return;
  if (options.strict)
    throw new AuthError(`the report is in no comment: ${reached.missing.replace(/;.*$/s, "")}`, {
      status: 401,
      hint: reached.missing.replace(/^[^;]*; /, ""),
    });
  host.log.warn(`the report is in no comment: ${reached.missing}`);
}

function judgedReport(work: Work, compared: Compared, comparison: Comparison): Report {
  const { host, options, settings, rules } = work;
  return reportOf(comparison, {
    ...rules,
    title: options.title ?? settings.title ?? null,
    facts: factsOf(host),
    others: compared.others,
    notes: recordNotes(work, compared),
    warnings: work.warnings,
  });
}

function factsOf(host: Host): Facts {
  const { ci } = host;
  const number = host.env.get("GITHUB_RUN_NUMBER") ?? ci.runId;
  return {
    nowMs: host.clock.now(),
    runUrl: ci.runUrl ?? null,
    runLabel: number === undefined ? null : `run ${number}`,
    fullReportUrl: null,
    machine: [],
  };
}

/** Plots that could not be drawn are told with the files that could not be read. */
function withFailures(report: Report, failures: ReadonlyMap<string, string>): Report {
  if (failures.size === 0) return report;
  const told = [...failures].map(([slot, message]) => ({
    file: report.charts.get(slot)?.id ?? slot,
    line: null,
    revision: "",
    message: message.replace(/^[^:]*: /, ""),
  }));
  return { ...report, comparison: { ...report.comparison, problems: [...report.comparison.problems, ...told] } };
}

function isNothing({ values }: Compared): boolean {
  return (
    values.metrics.length === 0 &&
    values.params.length === 0 &&
    values.sources.plots.length === 0 &&
    values.sources.images.length === 0
  );
}

function wanted(when: string, report: Report): boolean {
  if (when === "change") return !isSame(report);
  if (when === "worse")
    return report.rows.some((row) => row.judgement === "worse" || row.judgement === "removed") || hasFailedGate(report);
  return when === "gate" ? hasFailedGate(report) : true;
}

function hasFailedGate(report: Report): boolean {
  return report.gates.some((gate) => gate.outcome === "failed");
}

function print(work: Work, report: Report, lines: readonly { readonly target: string; readonly line: string }[]): void {
  const { host, app } = work;
  if (app.globals.json) host.out.write(toJson(report, lines));
  else for (const { line } of lines) host.out.write(line.endsWith("\n") ? line : `${line}\n`);
}

/** The last thing, after the report was posted. */
function failOnGates(report: Report): void {
  const failed = report.gates.filter((gate) => gate.outcome === "failed");
  const [first] = failed;
  if (first === undefined || report.advisory) return;
  const many = report.gates.length === 1 ? "the gate failed" : `${failed.length} of ${report.gates.length} gates failed`;
  throw new GateError(`${many}: \`${first.gate.text}\`${first.reason === null ? `, it is ${first.shown}` : `: ${first.reason}`}`);
}

async function readProse(host: Host, file: string): Promise<string> {
  const bytes = file === "-" ? await host.stdin.bytes() : await host.file.read(file, { limitBytes: proseLimitBytes });
  const shown = file === "-" ? "stdin" : file;
  if (bytes === null)
    throw new InputError(`no such file: \`${shown}\``, {
      hint: "FILE is Markdown that comes first in the report; without it the report stands alone",
    });
  if (bytes.length > proseLimitBytes)
    throw new InputError(`${shown} has ${bytes.length} bytes, at most ${proseLimitBytes} are taken`);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new InputError(`${shown} is not UTF-8`, {
      cause: error,
      hint: "save it as UTF-8, for example with `iconv -f latin1 -t utf-8`",
    });
  }
}
