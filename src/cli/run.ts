import { UsageError } from "../core/error.ts";
import type { Secret } from "../core/secret.ts";
import type { Host, HostSettings } from "../host/host.ts";
import { levels, logFormats } from "../host/log.ts";
import { globalOptions } from "./globals.ts";
import type { App, Command } from "./kit/command.ts";
import type { Options, Values } from "./kit/option.ts";
import { parse } from "./kit/parse.ts";
import type { ParseResult } from "./kit/parse.ts";
import { walk } from "./kit/tree.ts";
import { programs } from "./legacy.ts";
import { root, summary } from "./root.ts";

/** Finds the command of an argument list, reads its options and runs it; answers the exit code. */
export async function run(argv: readonly string[], host: Host): Promise<number> {
  const words = Object.hasOwn(programs, host.args.name) ? [...(programs[host.args.name] ?? []), ...argv] : argv;
  if (words.length === 1 && (words[0] === "--version" || words[0] === "-V")) return run(["version"], host);
  const found = walk(root, summary, words, globalOptions);
  if (found.kind === "group") {
    const { groupHelp } = await import("./kit/help.ts");
    if (!found.wantsHelp && found.path.length > 0)
      throw new UsageError(`a command is missing after \`cml ${found.path.join(" ")}\``, {
        hint: `one of ${Object.keys(found.children).join(", ")}`,
      });
    host.out.write(groupHelp(found.path, found.summary, found.children, globalOptions, host.out.width));
    return found.wantsHelp ? 0 : 2;
  }
  const { default: command } = await found.leaf.load();
  return runCommand(command, found.args, host, found.leaf.deprecated);
}

async function runCommand(
  command: Command,
  args: readonly string[],
  host: Host,
  deprecated: string | undefined,
): Promise<number> {
  const options: Options = { ...globalOptions, ...command.options };
  const parsed = await withUsage(command, () =>
    parse({ command: command.name, options, operands: command.operands ?? [], hasVariables: host.env.hasOptions }, args, (name) =>
      host.env.option(name),
    ),
  );
  if (parsed.wantsHelp) {
    const { commandHelp } = await import("./kit/help.ts");
    host.out.write(commandHelp(command, globalOptions, host.out.width));
    return 0;
  }
  const world = configure(host, parsed);
  if (deprecated !== undefined) world.log.warn(`\`cml ${command.name}\` is deprecated: ${deprecated}`);
  for (const warning of parsed.warnings) world.log.warn(warning);
  const app: App = { host: world, globals: globalsOf(parsed), source: (option) => parsed.sources.get(option) ?? "default" };
  const values: Values<Options> = parsed.values;
  return (await command.run(values, parsed.operands, app)) ?? 0;
}

/** A wrong command line is told with the right one. */
async function withUsage<T>(command: Command, action: () => T): Promise<T> {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof UsageError) || error.usage !== undefined) throw error;
    const { usageLine } = await import("./kit/help.ts");
    throw new UsageError(error.message, {
      hint: error.hint,
      details: error.details,
      cause: error.cause,
      usage: usageLine(command),
    });
  }
}

function configure(host: Host, parsed: ParseResult): Host {
  for (const value of Object.values(parsed.values)) if (isSecret(value)) host.redactor.add(value.reveal());
  const settings: HostSettings = {
    logLevel: levels.find((level) => level === parsed.values["log"]),
    logFormat: logFormats.find((format) => format === parsed.values["logFormat"]),
    caFile: text(parsed.values["caFile"]),
    cwd: text(parsed.values["cd"]),
  };
  return Object.values(settings).some((setting) => setting !== undefined && setting !== "text")
    ? host.configured(settings)
    : host;
}

function globalsOf(parsed: ParseResult): App["globals"] {
  const token = parsed.values["token"];
  return {
    json: parsed.values["json"] === true,
    dryRun: parsed.values["dryRun"] === true,
    token: isSecret(token) ? token : undefined,
    repo: text(parsed.values["repo"]),
    driver: text(parsed.values["driver"]),
  };
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function isSecret(value: unknown): value is Secret {
  return typeof value === "object" && value !== null && "reveal" in value;
}
