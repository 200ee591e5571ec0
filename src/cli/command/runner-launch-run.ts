import { join } from "node:path";
import { Buffer } from "node:buffer";
import { ConfigError, InputError, NotFoundError, UsageError } from "../../core/error.ts";
import { Secret } from "../../core/secret.ts";
import { type BootOptions, userData } from "../../cloud/bootstrap.ts";
import type { Candidate, Guest, MachinePlan, MachineWish } from "../../cloud/contract.ts";
import { checkSize, parseGpu, portableGpu } from "../../cloud/size.ts";
import { tagsOf } from "../../cloud/tag.ts";
import type { AgentArchive, Registration } from "../../forge/contract.ts";
import type { Host } from "../../host/host.ts";
import { agentOf } from "../../runner/agent.ts";
import { parseIdle } from "../../runner/idle.ts";
import { describe, launch, type Launched } from "../../runner/provision.ts";
import { printSettings } from "../../runner/settings.ts";
import type { App } from "../kit/command.ts";
import type { Values } from "../kit/option.ts";
import { cmlFolder, lasting, type OpenedCloud, openJournal, openNamedCloud } from "./runner-cloud.ts";
import { findServing, openRunnerForge, refusePublic, type RunnerForge, unregister } from "./runner-forge.ts";
import type { launchOptions } from "./runner-option.ts";

export type LaunchValues = Values<typeof launchOptions>;

/** `cml runner launch`: a machine that becomes a runner, or the agent here. */
export async function runLaunch(options: LaunchValues, app: App): Promise<number | void> {
  if (options.handed !== undefined) return (await import("./runner-local.ts")).runHanded(options.handed, options, app);
  if (options.cloud === undefined) {
    throw new UsageError("where? `--cloud` is missing, so nothing was done", {
      hint: "--cloud local runs the runner on this machine; others get one",
    });
  }
  if (options.cloud.toLowerCase() === "local") return (await import("./runner-local.ts")).runLocal(options, app);
  const world = lasting(app.host);
  const opened = await openNamedCloud(options, world);
  try {
    return app.globals.dryRun ? await preview(options, app, opened) : await launchAll(options, app, opened, world);
  } finally {
    await opened.cloud.close?.();
  }
}

async function launchAll(options: LaunchValues, app: App, opened: OpenedCloud, world: Host): Promise<void> {
  const { host } = app;
  const labels = labelsOf(options.labels);
  const name = nameOf(options, host);
  const wish = wishOf(options, name);
  const forge = await openRunnerForge(app, world, options.scope);
  // Such a machine has nobody to ask whether its job has ended.
  const isSingle = options.single || agentOf(forge.located.id) === "gitea";
  await refusePublic(forge, isSingle, options.allowPublic, host.signal);
  const serving = await findServing(forge, { name, labels, reuse: options.reuse, reuseIdle: options.reuseIdle }, host.signal);
  if (serving !== null) {
    host.log.info(`runner \`${serving.name}\` serves these labels already`);
    print(app, { name: serving.name, reused: true, labels: serving.labels });
    return;
  }
  if (isSingle && !options.single)
    host.log.info(`a machine for ${forge.located.row.title} takes one job: its runner cannot tell when it is idle`);
  const context = { options, app, opened, forge, labels, isSingle, ...(await supplies(options, opened, forge, world)) };
  const names = options.count === 1 ? [name] : Array.from({ length: options.count }, (_, index) => `${name}-${index + 1}`);
  const results = await Promise.allSettled(names.map((each) => launchOne(context, { ...wish, name: each })));
  const failed = results.find((result) => result.status === "rejected");
  for (const result of results) if (result.status === "fulfilled") await announce(context, result.value);
  if (failed !== undefined) throw failed.reason;
}

interface Context {
  readonly options: LaunchValues;
  readonly app: App;
  readonly opened: OpenedCloud;
  readonly forge: RunnerForge;
  readonly labels: readonly string[];
  readonly isSingle: boolean;
  readonly program: BootOptions["program"] | null;
  readonly archive: AgentArchive | null;
  readonly script: string | undefined;
}

function launchOne(context: Context, wish: MachineWish): Promise<Launched> {
  const { app, forge, opened, options } = context;
  const { host } = app;
  return launch(
    {
      cloudId: opened.name,
      cloud: opened.cloud,
      wish,
      repository: forge.serves,
      metadata: options.cloudMetadata,
      async register(signal) {
        const order = {
          scope: forge.scope,
          name: wish.name,
          labels: context.labels,
          isEphemeral: context.isSingle,
          group: options.group,
        };
        const registration = await forge.runners.register(order, signal);
        host.redactor.add(registration.secret.reveal());
        return registration;
      },
      unregister: (signal) => unregister(forge, wish.name, signal),
      async isOnline(signal) {
        for await (const runner of forge.runners.list(forge.scope, signal)) if (runner.name === wish.name) return runner.isOnline;
        return false;
      },
      guest: (plan, registration) => guestOf(context, plan, registration),
      limits: { attempts: options.attempts, totalMs: 30 * 60_000, onlineMs: bootMs(options) },
    },
    { clock: host.clock, log: host.log, journal: openJournal(host), signal: host.signal, lastCalls: () => lastCalls(host) },
  );
}

/** A cancelled job is killed a few seconds after its signal. */
function lastCalls(host: Host): AbortSignal {
  const controller = new AbortController();
  void host.clock.sleep(6_000).then(() => controller.abort(host.signal.reason));
  return controller.signal;
}

function guestOf(context: Context, plan: Omit<MachinePlan, "guest">, registration: Registration): Guest {
  const { options, program } = context;
  const gpus = plan.gpu?.count ?? 0;
  const settings = printSettings({
    forge: context.forge.located.id,
    name: plan.wish.name,
    labels: context.labels,
    isSingle: context.isSingle,
    idleMs: parseIdle(options.idleTimeout),
    expiresAt: plan.expiresAt,
    registration,
    docker: { image: options.dockerImage ?? null, volumes: options.dockerVolumes },
    gpus,
    cloud: context.opened.named.id,
    archive: context.archive === null ? null : { url: context.archive.url, sha256: context.archive.sha256 },
  });
  if (program === null) return { settings, userData: new Secret("", "user data"), script: context.script };
  const text = userData({
    settings: settings.reveal(),
    script: context.script,
    expiresAt: plan.expiresAt,
    lifetimeMs: options.lifetime,
    bootMs: bootMs(options) + 5 * 60_000,
    gpus,
    needsDocker: options.dockerImage !== undefined || context.forge.located.id === "bitbucket",
    program,
    sshKey: plan.wish.sshKey,
  });
  return { settings, userData: new Secret(text, "user data"), script: context.script };
}

/** What a machine needs besides its registration, found out before anything is made. */
async function supplies(
  options: LaunchValues,
  opened: OpenedCloud,
  forge: RunnerForge,
  world: Host,
): Promise<Pick<Context, "program" | "archive" | "script">> {
  const script = scriptOf(options);
  const target = { os: "linux", architecture: options.cloudArchitecture } as const;
  const given =
    options.runnerArchive === undefined
      ? null
      : { url: options.runnerArchive, fileName: "", sha256: options.runnerSha256 ?? null };
  const archive = given ?? (await forge.runners.archive?.(target, world.signal)) ?? null;
  return { script, archive, program: opened.named.row.traits.boots ? await programOf(options, world) : null };
}

async function programOf(options: LaunchValues, host: Host): Promise<BootOptions["program"]> {
  const from = options.cmlFrom?.replace(/\/$/, "");
  if (from === undefined)
    throw new ConfigError("a machine that boots fetches this program: from where is not known", {
      hint: "give --cml-from: the address of a release's files, or of a mirror of them",
    });
  const answer = await host.http.request({
    url: `${from}/SHA256SUMS`,
    service: "the program's download",
    redirect: "follow",
    signal: host.signal,
  });
  const download = (file: string) => {
    const line = answer
      .text()
      .split("\n")
      .find((each) => each.trimEnd().endsWith(` ${file}`) || each.trimEnd().endsWith(`*${file}`));
    const sha256 = line?.split(/\s/)[0];
    if (sha256 === undefined || !/^[0-9a-f]{64}$/i.test(sha256))
      throw new NotFoundError(`${from}/SHA256SUMS has no checksum of \`${file}\``);
    return { url: `${from}/${file}`, sha256: sha256.toLowerCase() };
  };
  return { x64: download("cml-linux-x64-baseline"), arm64: download("cml-linux-arm64") };
}

function scriptOf(options: LaunchValues): string | undefined {
  const text = options.cloudStartupScript;
  if (text === undefined) return undefined;
  const script = Buffer.from(text, "base64").toString("utf8");
  if (!/^[A-Za-z0-9+/=\s]+$/.test(text) || script.includes("\uFFFD"))
    throw new InputError("`--cloud-startup-script` is no base64 of a script", {
      hint: 'write --cloud-startup-script "$(base64 -w0 start.sh)"',
    });
  return script;
}

function wishOf(options: LaunchValues, name: string): MachineWish {
  options.cloudType.forEach(checkSize);
  const gpu = options.cloudGpu === undefined ? null : parseGpu(options.cloudGpu);
  if (gpu?.model !== undefined && gpu.model !== null) portableGpu(gpu.model);
  if (options.cloudSshPrivate !== undefined && options.cloudSshPublic === undefined)
    throw new ConfigError("`--cloud-ssh-private` needs its public half", {
      hint: 'give --cloud-ssh-public "$(ssh-keygen -y -f key)"; the private key itself never leaves this machine',
    });
  return {
    name,
    sizes: options.cloudType,
    gpu,
    regions: options.cloudRegion,
    architecture: options.cloudArchitecture,
    diskGb: options.cloudHddSize,
    image: options.cloudImage,
    spot: {
      mode: options.cloudSpotFallback ? "prefer" : options.cloudSpot ? "only" : "never",
      maxHourly: options.cloudSpotPrice > 0 ? options.cloudSpotPrice : undefined,
    },
    maxHourly: options.maxPrice,
    subnet: options.cloudAwsSubnet,
    securityGroup: options.cloudAwsSecurityGroup,
    permissionSet: options.cloudPermissionSet,
    sshKey: options.cloudSshPublic,
    reservation: options.cloudReservation,
    nodeSelector: options.cloudKubernetesNodeSelector,
    lifetimeMs: lifetimeOf(options.lifetime),
  };
}

function lifetimeOf(ms: number): number {
  if (ms < 60_000 || ms > 5 * 86_400_000)
    throw new UsageError("`--lifetime` is between a minute and five days: a job of one's own runner may not last longer");
  return ms;
}

function bootMs(options: LaunchValues): number {
  return options.bootTimeout ?? (options.cloudGpu === undefined ? 10 : 20) * 60_000;
}

const alphabet = "abcdefghijklmnopqrstuvwxyz234567";

/** `cml-` and ten letters and digits; a given name has to suit every cloud. */
export function nameOf(options: Pick<LaunchValues, "name">, host: Host): string {
  const { name } = options;
  if (name === undefined) return `cml-${Array.from({ length: 10 }, () => alphabet[Math.floor(host.random() * 32)]).join("")}`;
  if (!/^[a-z]([-a-z0-9]{0,48}[a-z0-9])?$/.test(name))
    throw new UsageError(`a runner's name is made of small letters, digits and \`-\`, at most 50: \`${name}\``);
  return name;
}

export function labelsOf(text: string): string[] {
  const labels = text
    .split(",")
    .map((label) => label.trim())
    .filter((label) => label !== "");
  if (labels.length === 0) throw new UsageError("`--labels` names no label");
  return labels;
}

/** The plan, its prices and the first request; nothing is made, and the forge is not asked. */
async function preview(options: LaunchValues, app: App, { cloud, named, name: cloudName }: OpenedCloud): Promise<void> {
  const { host } = app;
  const wish = wishOf(options, nameOf(options, host));
  const candidates = await cloud.plan(wish, host.signal);
  const [best] = candidates;
  const first = best === undefined ? null : ((await cloud.preview?.(trialOf(best, options, host), host.signal)) ?? null);
  const rows = candidates.map((candidate) => ({
    type: candidate.type,
    region: candidate.region,
    zone: candidate.zone,
    spot: candidate.spot,
    gpu: candidate.gpu,
    price: candidate.price,
    warnings: candidate.warnings,
  }));
  if (app.globals.json) {
    host.out.write(
      `${JSON.stringify({ version: 1, command: "runner launch", result: { dryRun: true, cloud: cloudName, name: wish.name, candidates: rows, request: first }, warnings: [] })}\n`,
    );
    return;
  }
  const lines = [
    `${named.row.title}: ${candidates.length} ${candidates.length === 1 ? "candidate" : "candidates"} for \`${wish.name}\`, best first; nothing was made`,
    ...candidates.slice(0, 12).map((candidate) => `  ${describe(candidate)}`),
  ];
  for (const warning of best?.warnings ?? []) lines.push(`  warning: ${warning}`);
  if (best !== undefined && best.price !== null)
    lines.push(
      `estimated: at most ${(best.price.hourly * (options.lifetime / 3_600_000)).toFixed(2)} ${best.price.currency} in its lifetime (${best.price.source})`,
    );
  if (first !== null)
    lines.push(
      `first request: ${first.method} ${first.url}`,
      first.body,
      ...(first.verdict === null ? [] : [`trial: ${first.verdict}`]),
    );
  host.out.write(`${lines.join("\n")}\n`);
}

function trialOf(candidate: Candidate, options: LaunchValues, host: Host): MachinePlan {
  const now = host.clock.now();
  const expiresAt = now + options.lifetime;
  const { name } = candidate.wish;
  const nothing = new Secret("", "dry run");
  return {
    ...candidate,
    token: `${name.slice(0, 36)}-trial`,
    tags: tagsOf({
      name,
      repository: host.ci.repository ?? "",
      attempt: 1,
      createdAt: now,
      expiresAt,
      metadata: options.cloudMetadata,
    }),
    expiresAt,
    guest: { settings: nothing, userData: nothing },
  };
}

async function announce({ app, opened, labels }: Context, { machine, plan, failed }: Launched): Promise<void> {
  const { host } = app;
  print(app, {
    name: plan.wish.name,
    reused: false,
    labels,
    cloud: opened.name,
    id: machine.id,
    state: machine.state,
    region: machine.region,
    zone: machine.zone,
    type: machine.type,
    spot: machine.spot,
    gpu: plan.gpu,
    address: machine.address,
    price: plan.price,
    expires: new Date(plan.expiresAt).toISOString(),
    failed: failed.map(({ candidate, reason }) => ({ candidate: describe(candidate), reason })),
  });
  const { outputFile } = host.ci;
  if (outputFile !== undefined) await host.file.append(outputFile, `runner=${plan.wish.name}\nmachine=${machine.id}\n`);
}

function print(app: App, result: Readonly<Record<string, unknown>>): void {
  app.host.out.write(`${JSON.stringify({ version: 1, command: "runner launch", result, warnings: [] })}\n`);
}

export function workFolder(options: LaunchValues, host: Host, name: string): string {
  return options.workdir ?? options.runnerPath ?? join(cmlFolder(host), name);
}
