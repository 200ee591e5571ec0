import * as v from "valibot";
import { decode } from "../core/decode.ts";
import { InputError } from "../core/error.ts";
import { Secret } from "../core/secret.ts";
import type { Registration } from "../forge/contract.ts";

/** What a machine is told to be: a runner, once. Its text holds the registration and is nobody else's business. */
export interface HandedSettings {
  readonly forge: string;
  readonly name: string;
  readonly labels: readonly string[];
  readonly isSingle: boolean;
  readonly idleMs: number | null;
  readonly expiresAt: number;
  readonly registration: Registration;
  readonly docker: { readonly image: string | null; readonly volumes: readonly string[] };
  readonly gpus: number;
  /** Where the machine looks for a notice of its end. */
  readonly cloud: string;
  /** The agent's program by address and checksum; null: the machine's own, or the forge's. */
  readonly archive: { readonly url: string; readonly sha256: string | null } | null;
}

const schema = v.object({
  version: v.literal(1),
  forge: v.string(),
  name: v.string(),
  labels: v.array(v.string()),
  single: v.boolean(),
  idle_ms: v.nullable(v.number()),
  expires_at: v.number(),
  registration: v.object({
    kind: v.picklist(["jit", "token", "runner"]),
    secret: v.string(),
    url: v.string(),
    facts: v.record(v.string(), v.string()),
  }),
  docker: v.object({ image: v.nullable(v.string()), volumes: v.array(v.string()) }),
  gpus: v.number(),
  cloud: v.string(),
  archive: v.nullable(v.object({ url: v.string(), sha256: v.nullable(v.string()) })),
});

export function printSettings(settings: HandedSettings): Secret {
  const { registration } = settings;
  const wire: v.InferOutput<typeof schema> = {
    version: 1,
    forge: settings.forge,
    name: settings.name,
    labels: [...settings.labels],
    single: settings.isSingle,
    idle_ms: settings.idleMs,
    expires_at: settings.expiresAt,
    registration: {
      kind: registration.kind,
      secret: registration.secret.reveal(),
      url: registration.url,
      facts: { ...registration.facts },
    },
    docker: { image: settings.docker.image, volumes: [...settings.docker.volumes] },
    gpus: settings.gpus,
    cloud: settings.cloud,
    archive: settings.archive,
  };
  return new Secret(JSON.stringify(wire), "settings of the machine");
}

/** `InputError` for a file that is not of this program. */
export function readSettings(text: string, path: string): HandedSettings {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new InputError(`\`${path}\` is no JSON`, { cause });
  }
  const found = decode(schema, value, `\`${path}\``);
  const { registration } = found;
  return {
    forge: found.forge,
    name: found.name,
    labels: found.labels,
    isSingle: found.single,
    idleMs: found.idle_ms,
    expiresAt: found.expires_at,
    registration: {
      kind: registration.kind,
      secret: new Secret(registration.secret, path),
      url: registration.url,
      runnerId: null,
      facts: registration.facts,
    },
    docker: found.docker,
    gpus: found.gpus,
    cloud: found.cloud,
    archive: found.archive,
  };
}
