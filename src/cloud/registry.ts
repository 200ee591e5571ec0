import { ConfigError } from "../core/error.ts";
import { suggest } from "../core/suggest.ts";
import type { Row } from "../core/table.ts";
import type { Host } from "../host/host.ts";
import type { Cloud, CloudConfig, OpenCloud } from "./contract.ts";

/** What a source of machines is, as data: help, choice and "unknown cloud" need no driver code. */
export interface CloudRow extends Row {
  readonly traits: Traits;
  readonly docs: string;
  readonly load: () => Promise<{ readonly open: OpenCloud }>;
}

/** What the machinery has to know of a provider, so that it never asks for a name. */
export interface Traits {
  /** Regions and zones exist. */
  readonly regions: boolean;
  readonly spot: boolean;
  /** The provider itself ends a machine at its deadline. */
  readonly deadline: boolean;
  /** How the machine ends itself without a credential: by powering off, by the end of its program, or not at all. */
  readonly selfEnd: "poweroff" | "exit" | "none";
  /** Machines boot from user data. */
  readonly boots: boolean;
  /** Console output is there to read. */
  readonly console: boolean;
  /** A trial without effect. */
  readonly preview: boolean;
  /** More than one runner of one launch is wise here. */
  readonly many: boolean;
}

const program = { regions: false, spot: false, deadline: false, selfEnd: "exit", boots: false, many: false } as const;

export const clouds = {
  exec: {
    title: "program",
    traits: { ...program, console: true, preview: false },
    docs: "docs/runner.md#any-other-source-of-machines",
    load: () => import("./exec/index.ts"),
  },
} as const satisfies Readonly<Record<string, CloudRow>>;

export type CloudId = keyof typeof clouds;

/** A cloud as the user named it: `aws`, `k8s`, `exec:./provider`. */
export interface NamedCloud {
  readonly id: CloudId;
  readonly row: CloudRow;
  /** Part after the colon of `exec:`. */
  readonly program: string | undefined;
}

const table: Readonly<Record<CloudId, CloudRow>> = clouds;
const ids = Object.keys(table).filter((id): id is CloudId => id in table);

/** The one place where aliases are read. `ConfigError` with a near name for an unknown one. */
export function cloudOf(name: string): NamedCloud {
  const cut = name.indexOf(":");
  const word = (cut < 0 ? name : name.slice(0, cut)).toLowerCase();
  const operand = cut < 0 ? undefined : name.slice(cut + 1);
  const id = ids.find((each) => each === word || table[each].aliases?.includes(word));
  if (id === undefined) throw unknown(word);
  if (id === "exec" && (operand === undefined || operand === ""))
    throw new ConfigError("`--cloud exec` needs a program", { hint: "for example --cloud exec:./provider" });
  if (id !== "exec" && operand !== undefined)
    throw new ConfigError(`\`--cloud ${word}\` takes nothing after a colon: \`${name}\``);
  return { id, row: table[id], program: operand };
}

export async function openCloud(named: NamedCloud, config: CloudConfig, host: Host): Promise<Cloud> {
  const { open } = await named.row.load();
  return open({ ...config, program: named.program }, host);
}

function unknown(word: string): ConfigError {
  const near = suggest(
    word,
    ids.flatMap((id) => [id, ...(table[id].aliases ?? [])]),
  );
  return new ConfigError(`unknown cloud: \`${word}\``, {
    hint: near === undefined ? `known: local, ${ids.join(", ")}` : `did you mean \`${near}\`? known: local, ${ids.join(", ")}`,
  });
}
