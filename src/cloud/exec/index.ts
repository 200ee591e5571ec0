import type { GenericSchema, InferOutput } from "valibot";
import { decode } from "../../core/decode.ts";
import {
  AuthError,
  CapacityError,
  CmlError,
  ConfigError,
  ConflictError,
  IntegrityError,
  UnavailableError,
  UnsupportedError,
} from "../../core/error.ts";
import type { Host } from "../../host/host.ts";
import type { Candidate, Cloud, CloudConfig, Machine, MachinePlan, MachineWish } from "../contract.ts";
import { carries, timeOf } from "../tag.ts";
import * as wire from "./wire.ts";

/**
 * Any program that answers `create`, `inspect`, `destroy` and `list`: the word is its one argument, a JSON object comes on its stdin, it prints one as
 * its answer. Exit codes are ours: 4 credential, 5 try again, 6 not supported, 7 no capacity; what it prints on stderr is the reason. `docs/runner.md`
 * has the fields.
 */
export function open(config: CloudConfig, host: Host): Cloud {
  const { program } = config;
  if (program === undefined)
    throw new ConfigError("`--cloud exec` needs a program", { hint: "for example --cloud exec:./provider" });
  const call = caller(program, host);

  async function inspect(id: string, signal: AbortSignal): Promise<Machine | null> {
    const found = await call("inspect", { id }, wire.inspected, signal);
    return found === null ? null : machineOf(found);
  }
  return {
    plan: async (wish) => candidates(wish),
    async create(plan, signal) {
      const made = await call("create", requestOf(plan), wire.machine, signal);
      return machineOf({ ...made, type: made.type ?? plan.type, region: made.region ?? plan.region });
    },
    inspect,
    async destroy(id, signal) {
      const found = await inspect(id, signal);
      if (found === null) return "gone";
      if (found.tags["cml-managed"] !== "1")
        throw new ConflictError(`\`${id}\` of ${program} is not ours: it lacks the tag \`cml-managed\``);
      return (await call("destroy", { id }, wire.destroyed, signal)).status;
    },
    async *list(tag, signal) {
      const { machines } = await call("list", { tag }, wire.listed, signal);
      // A program may answer more than was asked for.
      for (const machine of machines) if (carries(machine.tags, tag)) yield machineOf(machine);
    },
    async *leftovers() {},
    remove: async () => "gone",
    console: async (id, signal) => (await call("console", { id }, wire.console, signal)).text,
    async identify(signal) {
      try {
        return await call("identify", {}, wire.identity, signal);
      } catch (error) {
        if (error instanceof UnsupportedError) return { account: program, principal: "the user who runs this" };
        throw error;
      }
    },
  };
}

type Call = <S extends GenericSchema>(word: string, request: object, answer: S, signal: AbortSignal) => Promise<InferOutput<S>>;

function caller(program: string, host: Host): Call {
  return async (word, request, answer, signal) => {
    signal.throwIfAborted();
    const stdin = `${JSON.stringify({ version: 1, ...request })}\n`;
    const result = await host.exec.run(program, [word], { stdin, signal, limitBytes: 64 * 1024 * 1024 });
    if (result.code !== 0) throw failure(program, word, result.code, result.stderr);
    const text = new TextDecoder().decode(result.stdout);
    return decode(answer, parse(text, `\`${program} ${word}\``), `\`${program} ${word}\``);
  };
}

function parse(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new IntegrityError(`${what}: its answer is no JSON: \`${text.slice(0, 80).trim()}\``, { cause });
  }
}

function failure(program: string, word: string, code: number, stderr: string): CmlError {
  const said = stderr.trim().split("\n").at(-1) ?? "";
  const message = `\`${program} ${word}\` failed with ${code}${said === "" ? "" : `: ${said}`}`;
  switch (code) {
    case -1:
      return new ConfigError(`cannot start \`${program}\`${said === "" ? "" : `: ${said}`}`, {
        hint: "it must be there and be executable",
      });
    case 4:
      return new AuthError(message);
    case 6:
      return new UnsupportedError(message);
    case 7:
      return new CapacityError(message, { scope: "cloud" });
    default:
      // What it did before it failed is not known; the same token asks it again.
      return new UnavailableError(message, { hint: stderr.trim() === "" ? "it printed no reason on stderr" : undefined });
  }
}

function candidates(wish: MachineWish): Candidate[] {
  const types = wish.sizes.length === 0 ? ["default"] : wish.sizes;
  const regions = wish.regions.length === 0 ? [""] : wish.regions;
  const gpu = wish.gpu === null ? null : { model: wish.gpu.model ?? "any", count: wish.gpu.count };
  return regions.flatMap((region) =>
    types.map((type) => ({
      wish,
      region,
      zone: null,
      type,
      gpu,
      spot: wish.spot.mode !== "never",
      price: null,
      warnings: [],
      native: {},
    })),
  );
}

function requestOf(plan: MachinePlan): object {
  const { wish } = plan;
  return {
    token: plan.token,
    name: wish.name,
    tags: plan.tags,
    type: plan.type,
    gpu: plan.gpu,
    region: plan.region,
    spot: plan.spot,
    disk_gb: wish.diskGb,
    image: wish.image ?? null,
    architecture: wish.architecture,
    expires_at: Math.ceil(plan.expiresAt / 1000),
    settings: plan.guest.settings.reveal(),
    script: plan.guest.script ?? null,
  };
}

function machineOf(from: InferOutput<typeof wire.machine>): Machine {
  return {
    id: from.id,
    name: from.tags["cml-id"] ?? "",
    state: from.state,
    region: from.region ?? "",
    zone: from.zone ?? null,
    type: from.type ?? "default",
    spot: from.spot ?? false,
    address: from.address ?? null,
    createdAt: timeOf(from.tags, "cml-created"),
    expiresAt: timeOf(from.tags, "cml-expires"),
    tags: from.tags,
    reason: from.reason ?? null,
  };
}
