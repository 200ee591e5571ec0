import { join } from "node:path";
import { ConfigError, UnavailableError } from "../core/error.ts";
import { type Agent, type AgentOptions, type AgentWorld, follow, startJoined, type Tell } from "./agent.ts";
import type { ExitCause, Job } from "./state.ts";

/**
 * actions/runner: configured just in time for one job, or registered by `config.sh` for many. Jobs are told by its hooks, exact and on every version
 * from 2.300 on; its log lines only say it sooner, and for older ones.
 */
export function githubAgent(options: AgentOptions, world: AgentWorld): Agent {
  const { registration, program, folder } = options;
  const events = join(folder, "events");
  const hook = (kind: string): string => join(folder, `job-${kind}.sh`);

  async function writeHooks(): Promise<void> {
    await world.file.makeFolder(events);
    for (const kind of ["started", "completed"]) await world.file.write(hook(kind), hookScript(events, kind), { mode: 0o755 });
  }

  const environment = {
    ACTIONS_RUNNER_HOOK_JOB_STARTED: hook("started"),
    ACTIONS_RUNNER_HOOK_JOB_COMPLETED: hook("completed"),
    // Exit code 7 tells a version that the forge refuses from other ends.
    ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE: "1",
    // run.sh hands signals on and keeps the exit code.
    RUNNER_MANUALLY_TRAP_SIG: "1",
    ...(options.isRoot ? { RUNNER_ALLOW_RUNASROOT: "1" } : {}),
    ...(registration.kind === "jit" ? { ACTIONS_RUNNER_INPUT_JITCONFIG: registration.secret.reveal() } : {}),
  };

  async function configure(signal: AbortSignal): Promise<void> {
    const args = [
      "--unattended",
      "--url",
      registration.url,
      "--name",
      options.name,
      "--labels",
      options.labels.join(","),
      "--work",
      join(folder, "_work"),
      "--replace",
      "--disableupdate",
    ];
    const group = registration.facts["group"];
    if (group !== undefined) args.push("--runnergroup", group);
    if (options.isSingle) args.push("--ephemeral");
    const env = { ...environment, ACTIONS_RUNNER_INPUT_TOKEN: registration.secret.reveal() };
    const result = await world.exec.run(join(program, "config.sh"), args, { cwd: program, env, signal });
    if (result.code === 0) return;
    const said = `${new TextDecoder().decode(result.stdout)}\n${result.stderr}`.trim().split("\n").slice(-3).join(" / ");
    throw new UnavailableError(`GitHub's runner could not register (config.sh ended with ${result.code}): ${said}`);
  }

  return {
    tellsEnds: true,
    async prepare(signal) {
      if ((await world.file.stat(join(program, "run.sh"))) === null)
        throw new ConfigError(`no GitHub runner in \`${program}\`: \`run.sh\` is missing`);
      await writeHooks();
      if (registration.kind !== "jit") await configure(signal);
    },
    start(tell) {
      const child = startJoined(world.exec, join(program, "run.sh"), [], { cwd: program, env: environment });
      const work = currentJob(tell);
      let isDeprecated = false;
      const running = follow(
        child,
        world.clock,
        (line) => {
          world.log.debug(`runner: ${line}`);
          if (/Listening for Jobs/.test(line)) tell({ kind: "ready" });
          if (/version .* is deprecated and cannot receive messages/i.test(line)) isDeprecated = true;
          const started = /Running job: (.+)$/.exec(line);
          if (started !== null) work.started({ key: "current", run: null, name: started[1] ?? null });
          const ended = /Job .* completed with result: (\w+)/.exec(line);
          if (ended !== null) work.ended(ended[1]?.toLowerCase() ?? null);
        },
        // It knows no drain: one that has a job and ends by itself is left alone.
        { drain: null, soft: "SIGINT" },
      );
      return {
        ...running,
        poll: () => readEvents(events, world, work),
        exited: running.exited.then(async (code) => {
          await readEvents(events, world, work);
          tell({ kind: "agent-exited", code, cause: causeOf(code, isDeprecated) });
          return code;
        }),
      };
    },
  };
}

/** https://github.com/actions/runner: `Constants.Runner.ReturnCode`. */
function causeOf(code: number, isDeprecated: boolean): ExitCause {
  if (code === 7 || isDeprecated) return "too-old";
  return code === 0 ? "normal" : "crash";
}

/** Runs inside the job, hence never fails it. The file appears whole. */
export function hookScript(events: string, kind: string): string {
  return `#!/bin/sh
# Tells cml which job this runner has.
umask 077
file='${events.replaceAll("'", "'\\''")}'/$(date +%s)-$$-${kind}
printf 'run=%s\\nattempt=%s\\njob=%s\\nrepository=%s\\n' "\${GITHUB_RUN_ID:-}" "\${GITHUB_RUN_ATTEMPT:-}" "\${GITHUB_JOB:-}" "\${GITHUB_REPOSITORY:-}" > "$file.part" && mv "$file.part" "$file"
exit 0
`;
}

interface Work {
  started(job: Job): void;
  ended(result: string | null): void;
}

/** One job at a time: what hook and log say of it is one thing. */
function currentJob(tell: Tell): Work {
  let isBusy = false;
  return {
    started(job) {
      isBusy = true;
      tell({ kind: "job-started", job });
    },
    ended(result) {
      if (isBusy) tell({ kind: "job-ended", key: "current", result });
      isBusy = false;
    },
  };
}

async function readEvents(events: string, { file }: AgentWorld, work: Work): Promise<void> {
  const names = (await file.list(events)).map(({ name }) => name).filter((name) => /-(started|completed)$/.test(name));
  const dated = await Promise.all(
    names.map(async (name) => ({ name, at: (await file.stat(join(events, name)))?.modifiedMs ?? 0 })),
  );
  for (const { name } of dated.toSorted((a, b) => a.at - b.at || (a.name < b.name ? 1 : -1))) {
    const fields = fieldsOf((await file.readText(join(events, name))) ?? "");
    await file.remove(join(events, name));
    if (name.endsWith("-started"))
      work.started({ key: "current", run: fields.get("run") ?? null, name: fields.get("job") ?? null });
    else work.ended(null);
  }
}

function fieldsOf(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split("\n").flatMap((line) => {
      const cut = line.indexOf("=");
      return cut > 0 && cut < line.length - 1 ? [[line.slice(0, cut), line.slice(cut + 1)] as const] : [];
    }),
  );
}
