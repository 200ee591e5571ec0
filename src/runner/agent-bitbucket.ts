import { join } from "node:path";
import { ConfigError } from "../core/error.ts";
import { type Agent, type AgentOptions, type AgentWorld, follow, startJoined } from "./agent.ts";

const defaultImage = "docker-public.packages.atlassian.com/sox/atlassian/bitbucket-pipelines-runner";

/** Bitbucket's runner, a container. It knows no one-job mode: the supervisor ends it after its first step. */
export function bitbucketAgent(options: AgentOptions, world: AgentWorld): Agent {
  const { registration, folder } = options;
  const variables = join(folder, "runner.env");
  const name = `runner-${options.name}`;
  const args = [
    "run",
    "--rm",
    "--name",
    name,
    "--env-file",
    variables,
    ...[
      `/tmp:/tmp`,
      "/var/run/docker.sock:/var/run/docker.sock",
      "/var/lib/docker/containers:/var/lib/docker/containers:ro",
      ...options.dockerVolumes,
    ].flatMap((volume) => ["-v", volume]),
    options.dockerImage ?? defaultImage,
  ];
  return {
    tellsEnds: true,
    async prepare() {
      const needed = ["ACCOUNT_UUID", "REPOSITORY_UUID", "RUNNER_UUID", "OAUTH_CLIENT_ID"];
      const missing = needed.filter((key) => registration.facts[key] === undefined);
      if (missing.length > 0) throw new ConfigError(`the registration lacks ${missing.join(", ")}`);
      const lines = [
        ...Object.entries(registration.facts).map(([key, value]) => `${key}=${value}`),
        `OAUTH_CLIENT_SECRET=${registration.secret.reveal()}`,
        "WORKING_DIRECTORY=/tmp",
        "RUNTIME_PREREQUISITES_ENABLED=true",
      ];
      await world.file.write(variables, `${lines.join("\n")}\n`, { mode: 0o600 });
    },
    start(tell) {
      const child = startJoined(world.exec, options.program, args, { cwd: folder, env: {} });
      const running = follow(
        child,
        world.clock,
        (line) => {
          world.log.debug(`runner: ${line}`);
          if (/Updating runner status to "ONLINE"/.test(line)) tell({ kind: "ready" });
          const step = /Getting step StepId\{accountUuid=[^}]*?pipelineUuid=(\{[^}]+\})/.exec(line);
          if (/Getting step StepId/.test(line))
            tell({ kind: "job-started", job: { key: "current", run: step?.[1] ?? null, name: null } });
          const done = /Completing step with result Result\{status=(\w+)/.exec(line);
          if (/Completing step with result/.test(line))
            tell({ kind: "job-ended", key: "current", result: done?.[1]?.toLowerCase() ?? null });
        },
        { drain: null },
      );
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
