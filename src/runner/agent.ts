import { ConfigError } from "../core/error.ts";
import type { Registration } from "../forge/contract.ts";
import type { Child, Clock, Exec, Files, Log } from "../host/host.ts";
import type { Http } from "../host/http.ts";
import type { Event } from "./state.ts";

/** Events of the machine without their time, which the supervisor adds. */
export type Told = Event extends infer E ? (E extends Event ? Omit<E, "at"> : never) : never;
export type Tell = (event: Told) => void;

export interface AgentWorld {
  readonly exec: Exec;
  readonly file: Files;
  readonly http: Http;
  readonly clock: Clock;
  readonly log: Log;
}

export interface AgentOptions {
  readonly name: string;
  readonly labels: readonly string[];
  /** One job, then the agent ends by itself. */
  readonly isSingle: boolean;
  readonly registration: Registration;
  /** The agent's program (for GitHub: its folder), checked and unpacked. */
  readonly program: string;
  /** Folder of this runner: jobs work below it. */
  readonly folder: string;
  /** Volumes for containers of jobs, `from:to`. */
  readonly dockerVolumes: readonly string[];
  readonly dockerImage: string | null;
  readonly hasGpu: boolean;
  /** Runs as root. */
  readonly isRoot: boolean;
}

/** The forge's own runner program. It is given its secrets by environment or a file of mode 0600, never as an argument. */
export interface Agent {
  /** Registers, where the agent has to do it itself. Once. */
  prepare(signal: AbortSignal): Promise<void>;
  /** May be called again after the last one exited. */
  start(tell: Tell): Running;
  /** The agent tells when a job ends; where it does not, the forge is asked. */
  readonly tellsEnds: boolean;
}

export interface Running {
  stop(how: "drain" | "soft" | "hard"): void;
  /** Looks for what the agent left as files; called every second or so. */
  poll(): Promise<void>;
  readonly exited: Promise<number>;
}

export type AgentKind = "github" | "gitlab" | "gitea" | "bitbucket";

/** The agent of a forge. */
export async function openAgent(forge: string, options: AgentOptions, world: AgentWorld): Promise<Agent> {
  switch (agentOf(forge)) {
    case "github":
      return (await import("./agent-github.ts")).githubAgent(options, world);
    case "gitlab":
      return (await import("./agent-gitlab.ts")).gitlabAgent(options, world);
    case "bitbucket":
      return (await import("./agent-bitbucket.ts")).bitbucketAgent(options, world);
    default:
      return (await import("./agent-gitea.ts")).giteaAgent(options, world);
  }
}

export function agentOf(forge: string): AgentKind {
  if (forge === "github" || forge === "gitlab" || forge === "bitbucket" || forge === "gitea") return forge;
  if (forge === "forgejo") return "gitea";
  throw new ConfigError(`there is no runner agent for ${forge}`);
}

/** Both streams of a program as one, by the system's shell: agents log on either. The arguments are its own words, never a shell's. */
export function startJoined(
  exec: Exec,
  program: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Child {
  return exec.start("/bin/sh", ["-c", 'exec "$@" 2>&1', "sh", program, ...args], options);
}

const signals = { drain: "SIGQUIT", soft: "SIGTERM", hard: "SIGKILL" } as const;

/** A started agent whose lines are read one by one; `exited` resolves after the last of them. */
export function follow(
  child: Child,
  clock: Clock,
  onLine: (line: string) => void,
  stops: Partial<Record<"drain" | "soft" | "hard", "SIGINT" | "SIGTERM" | "SIGQUIT" | null>> = {},
): Omit<Running, "poll"> {
  const lines = readLines(child.stdout, onLine);
  return {
    stop(how) {
      const signal = stops[how] === undefined ? signals[how] : stops[how];
      if (signal !== null) child.kill(signal);
    },
    // A job's own program may hold the pipes open after the agent is gone; what the agent itself said has been read by then.
    exited: child.ended.then(async (code) => {
      await Promise.race([lines, child.exited, clock.sleep(500)]);
      return code;
    }),
  };
}

async function readLines(stream: ReadableStream<Uint8Array>, onLine: (line: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split("\n");
    // A program that writes no line ends must not fill the memory.
    rest = (lines.pop() ?? "").slice(-65_536);
    for (const line of lines) onLine(line.replace(/\r$/, ""));
  }
  if (rest !== "") onLine(rest);
}
