import { dirname } from "node:path";
import { NotFoundError, UnavailableError } from "../../core/error.ts";
import { freeShare, machineFacts } from "../../host/machine.ts";
import type { Host } from "../../host/host.ts";
import { agentOf, openAgent, type AgentOptions } from "../../runner/agent.ts";
import { obtainAgent } from "../../runner/download.ts";
import { parseIdle } from "../../runner/idle.ts";
import { noticeOf } from "../../runner/notice.ts";
import { readSettings } from "../../runner/settings.ts";
import type { Policy } from "../../runner/state.ts";
import { type ForgeSide, supervise } from "../../runner/supervise.ts";
import type { App } from "../kit/command.ts";
import { lasting } from "./runner-cloud.ts";
import { findServing, openRunnerForge, refusePublic } from "./runner-forge.ts";
import { labelsOf, type LaunchValues, nameOf, workFolder } from "./runner-launch-run.ts";

/** The agent on this machine, in the foreground, until its life is over. */
export async function runLocal(options: LaunchValues, app: App): Promise<void> {
  const { host } = app;
  const world = lasting(host);
  const name = nameOf(options, host);
  const labels = labelsOf(options.labels);
  const idleMs = parseIdle(options.idleTimeout);
  const forge = await openRunnerForge(app, world, options.scope);
  await refusePublic(forge, options.single, options.allowPublic, host.signal);
  const serving = await findServing(forge, { name, labels, reuse: options.reuse, reuseIdle: options.reuseIdle }, host.signal);
  if (serving !== null) {
    host.log.info(`runner \`${serving.name}\` serves these labels already`);
    return;
  }
  if (app.globals.dryRun) {
    host.out.write(`would run a runner \`${name}\` with the labels ${labels.join(", ")} for ${forge.serves} on this machine\n`);
    return;
  }
  const folder = workFolder(options, host, name);
  const { id } = forge.located;
  const archive =
    options.runnerArchive === undefined ? null : { url: options.runnerArchive, sha256: options.runnerSha256 ?? null };
  const program = await obtainAgent(
    { forge: id, program: options.runnerProgram, archive, runners: forge.runners },
    folder,
    machineFacts(),
    host,
  );
  const registration = await forge.runners.register(
    { scope: forge.scope, name, labels, isEphemeral: options.single, group: options.group },
    host.signal,
  );
  host.redactor.add(registration.secret.reveal());
  await runAgent(
    {
      forge: id,
      agent: {
        name,
        labels,
        isSingle: options.single,
        registration,
        program,
        folder,
        dockerVolumes: options.dockerVolumes,
        dockerImage: options.dockerImage ?? null,
        hasGpu: false,
        isRoot: machineFacts().isRoot,
      },
      idleMs,
      expiresAt: host.clock.now() + options.lifetime,
      drainMs: options.drain,
      reruns: options.retry,
      side: { runners: forge.runners, scope: forge.scope, name },
      cloud: "local",
      marker: null,
    },
    host,
    world,
  );
}

/** The same on a machine that a launch made: it has a registration and no other right. */
export async function runHanded(path: string, options: LaunchValues, app: App): Promise<void> {
  const { host } = app;
  const text = await host.file.readText(path);
  if (text === null) throw new NotFoundError(`no such file: \`${path}\``);
  const settings = readSettings(text, path);
  host.redactor.add(settings.registration.secret.reveal());
  const folder = workFolder(options, host, settings.name);
  const program = await obtainAgent(
    { forge: settings.forge, program: options.runnerProgram, archive: settings.archive, runners: null },
    folder,
    machineFacts(),
    host,
  );
  await runAgent(
    {
      forge: settings.forge,
      agent: {
        name: settings.name,
        labels: settings.labels,
        isSingle: settings.isSingle,
        registration: settings.registration,
        program,
        folder,
        dockerVolumes: settings.docker.volumes,
        dockerImage: settings.docker.image,
        hasGpu: settings.gpus > 0,
        isRoot: machineFacts().isRoot,
      },
      idleMs: settings.idleMs,
      expiresAt: settings.expiresAt,
      drainMs: options.drain,
      reruns: options.retry,
      side: null,
      cloud: settings.cloud,
      marker: "/run/cml/registered",
    },
    host,
    lasting(host),
  );
}

interface Run {
  readonly forge: string;
  readonly agent: AgentOptions;
  readonly idleMs: number | null;
  readonly expiresAt: number;
  readonly drainMs: number;
  readonly reruns: boolean;
  readonly side: ForgeSide | null;
  readonly cloud: string;
  /** File that the machine's own guards look for. */
  readonly marker: string | null;
}

async function runAgent(run: Run, host: Host, world: Host): Promise<void> {
  const { name, folder } = run.agent;
  // Draining a job takes longer than a command is given after a signal; the supervisor has limits of its own.
  host.grace.ms = run.drainMs + 5 * 60_000;
  const agent = await openAgent(run.forge, run.agent, world);
  await world.file.makeFolder(folder);
  await agent.prepare(host.signal);
  const policy: Policy = {
    idleMs: run.idleMs,
    isSingle: run.agent.isSingle,
    deadline: run.expiresAt,
    readyMs: 15 * 60_000,
    drainMs: run.drainMs,
    noticeMarginMs: run.cloud === "gcp" ? 15_000 : 30_000,
    stopMs: 30_000,
    diskShare: 0.03,
    reruns: run.reruns,
  };
  const { ending } = await supervise({
    agent,
    policy,
    forge: run.side,
    notice: noticeOf(run.cloud, world),
    disk: () => freeShare(folder),
    onReady: () => mark(run, host),
    clock: world.clock,
    log: host.log,
    signal: host.signal,
    onAgain: (listener) => void (host.grace.again = listener),
  });
  for (const secret of [".runner", "runner.env"]) await world.file.remove(`${folder}/${secret}`);
  host.log.info(`runner \`${name}\` ended: ${ending.reason}`);
  if (host.signal.aborted) throw host.signal.reason;
  if (!ending.ok)
    throw new UnavailableError(`runner \`${name}\` ended: ${ending.reason}`, {
      hint:
        agentOf(run.forge) === "github" && ending.reason.includes("version")
          ? "fetch a newer runner: --runner-archive, or without it the forge's own"
          : undefined,
    });
}

async function mark(run: Run, host: Host): Promise<void> {
  if (run.marker !== null && (await host.file.stat(dirname(run.marker))) !== null) await host.file.write(run.marker, "");
}
