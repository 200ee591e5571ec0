import { join } from "node:path";
import { type Agent, type AgentOptions, type AgentWorld, follow, startJoined, type Tell } from "./agent.ts";

/** gitlab-runner in its `run-single` form, with structured log lines. https://docs.gitlab.com/runner/commands/#gitlab-runner-run-single */
export function gitlabAgent(options: AgentOptions, world: AgentWorld): Agent {
  const { registration } = options;
  const image = options.dockerImage;
  const env = {
    CI_SERVER_URL: registration.url,
    CI_SERVER_TOKEN: registration.secret.reveal(),
    RUNNER_EXECUTOR: image === null ? "shell" : "docker",
    ...(image === null ? {} : { DOCKER_IMAGE: image }),
    ...(image !== null && options.hasGpu ? { DOCKER_GPUS: "all" } : {}),
  };
  const args = [
    "--log-format",
    "json",
    "run-single",
    "--name",
    options.name,
    "--builds-dir",
    join(options.folder, "builds"),
    "--cache-dir",
    join(options.folder, "cache"),
    ...(options.isSingle ? ["--max-builds", "1"] : []),
    ...(image === null ? [] : options.dockerVolumes.flatMap((volume) => ["--docker-volumes", volume])),
  ];
  return {
    tellsEnds: true,
    async prepare() {
      await world.file.makeFolder(join(options.folder, "builds"));
      await world.file.makeFolder(join(options.folder, "cache"));
    },
    start(tell) {
      const child = startJoined(world.exec, options.program, args, { cwd: options.folder, env });
      const running = follow(child, world.clock, (line) => {
        world.log.debug(`gitlab-runner: ${line}`);
        readLine(line, tell);
      });
      return {
        ...running,
        poll: async () => undefined,
        exited: running.exited.then((code) => {
          tell({ kind: "agent-exited", code, cause: code === 0 ? "normal" : "crash" });
          return code;
        }),
      };
    },
  };
}

/** A line of its log: an object with `msg` and fields; other lines are nobody's business. Jobs run again by their own id. */
export function readLine(line: string, tell: Tell): void {
  let entry: unknown;
  try {
    entry = JSON.parse(line);
  } catch {
    return;
  }
  if (typeof entry !== "object" || entry === null) return;
  const message = String(Reflect.get(entry, "msg") ?? "").trim();
  const job: unknown = Reflect.get(entry, "job");
  const key = typeof job === "number" || typeof job === "string" ? String(job) : null;
  if (message.startsWith("Starting runner for ")) tell({ kind: "ready" });
  else if (key !== null && /^Checking for jobs\.\.\.\s*received/.test(message))
    tell({ kind: "job-started", job: { key, run: `job:${key}`, name: null } });
  else if (key !== null && message.startsWith("Job succeeded")) tell({ kind: "job-ended", key, result: "success" });
  else if (key !== null && message.startsWith("Job failed")) tell({ kind: "job-ended", key, result: "failed" });
}
