import { join } from "node:path";
import * as v from "valibot";
import { decode } from "../core/decode.ts";
import { type Agent, type AgentOptions, type AgentWorld, follow, startJoined } from "./agent.ts";

const registered = v.object({
  runner: v.object({ id: v.union([v.string(), v.number()]), uuid: v.string(), token: v.string(), name: v.string() }),
});

/**
 * The runner of Gitea (act_runner, gitea-runner) and of Forgejo. It would take the token as an argument, so it is registered here, by the call that
 * the agent itself makes (`runner.v1.RunnerService/Register`, as JSON), and its file is written with mode 0600.
 */
export function giteaAgent(options: AgentOptions, world: AgentWorld): Agent {
  const { registration, folder } = options;
  const labels = options.labels.map((label) =>
    label.includes(":") ? label : `${label}:${options.dockerImage === null ? "host" : `docker://${options.dockerImage}`}`,
  );

  async function register(signal: AbortSignal): Promise<void> {
    const answer = await world.http.request({
      method: "POST",
      url: `${registration.url}/api/actions/runner.v1.RunnerService/Register`,
      json: {
        name: options.name,
        token: registration.secret.reveal(),
        version: "v1.0.8",
        labels: labels.map((label) => label.split(":")[0] ?? label),
        ephemeral: options.isSingle,
      },
      service: "the runner service",
      signal,
    });
    const { runner } = decode(registered, answer.json(), "answer of the runner service");
    const file = {
      id: Number(runner.id),
      uuid: runner.uuid,
      name: runner.name,
      token: runner.token,
      address: registration.url,
      labels,
      ephemeral: options.isSingle,
    };
    await world.file.write(join(folder, ".runner"), `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600 });
  }

  return {
    tellsEnds: false,
    async prepare(signal) {
      await world.file.makeFolder(folder);
      await world.file.write(join(folder, "config.yaml"), configuration(folder, options.dockerVolumes), { mode: 0o600 });
      await register(signal);
    },
    start(tell) {
      const child = startJoined(world.exec, options.program, ["-c", join(folder, "config.yaml"), "daemon"], {
        cwd: folder,
        env: {},
      });
      let isRefused = false;
      const running = follow(
        child,
        world.clock,
        (line) => {
          world.log.debug(`runner: ${line}`);
          if (/declare successfully|runner daemon started|Starting runner daemon/i.test(line)) tell({ kind: "ready" });
          if (/unregistered runner|Unauthenticated/i.test(line)) isRefused = true;
          const task = /task (\d+) repo is (\S+)/.exec(line);
          if (task?.[1] !== undefined) tell({ kind: "job-started", job: { key: "current", run: null, name: task[2] ?? null } });
        },
        { drain: null },
      );
      return {
        ...running,
        poll: async () => undefined,
        exited: running.exited.then((code) => {
          tell({ kind: "agent-exited", code, cause: isRefused ? "refused" : code === 0 ? "normal" : "crash" });
          return code;
        }),
      };
    },
  };
}

/** The cache server would listen on the machine's outer address. */
function configuration(folder: string, volumes: readonly string[]): string {
  const lines = [
    "log: { level: info }",
    `runner: { file: ${JSON.stringify(join(folder, ".runner"))}, capacity: 1, shutdown_timeout: 0s }`,
    "cache: { enabled: false }",
    `host: { workdir_parent: ${JSON.stringify(join(folder, "work"))} }`,
  ];
  if (volumes.length > 0)
    lines.push(
      `container: { options: ${JSON.stringify(volumes.map((volume) => `-v ${volume}`).join(" "))}, valid_volumes: ["**"] }`,
    );
  return `${lines.join("\n")}\n`;
}
