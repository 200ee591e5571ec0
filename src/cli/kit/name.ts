import type { Option, Options } from "./option.ts";

/** One spelling of many: `--cloudHddSize` and `--cloud_hdd_size` are `--cloud-hdd-size`, as users of yargs write them. */
export function canonical(name: string): string {
  return name
    .replaceAll("_", "-")
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .toLowerCase();
}

export function camel(name: string): string {
  return name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** What a name on the command line stands for. */
export interface Declared {
  readonly key: string;
  readonly option: Option;
  /** `--no-x`, which sets the flag `x` to false. */
  readonly negative: boolean;
}

export interface Names {
  /** `--name`, in any spelling. */
  long(name: string): Declared | undefined;
  /** `-x`. */
  short(letter: string): Declared | undefined;
  /** Names to suggest, with their dashes, hidden ones left out. */
  readonly visible: readonly string[];
}

/** Looks options up by all their names. A flag `x` also answers to `no-x`, unless an option of that name is declared. */
export function names(options: Options): Names {
  const long = new Map<string, Declared>();
  const short = new Map<string, Declared>();
  const visible: string[] = [];
  const entries = Object.entries(options);
  for (const [key, option] of entries) {
    for (const name of [key, ...(option.alias ?? [])]) {
      if (name.length === 1) short.set(name, { key, option, negative: false });
      else long.set(canonical(name), { key, option, negative: false });
      if (option.hidden !== true && name.length > 1) visible.push(`--${name}`);
    }
  }
  for (const [key, option] of entries) {
    if (option.kind !== "flag") continue;
    for (const name of [key, ...(option.alias ?? [])]) {
      const twin = `no-${canonical(name)}`;
      if (name.length > 1 && !long.has(twin)) long.set(twin, { key, option, negative: true });
    }
  }
  return { long: (name) => long.get(canonical(name)), short: (letter) => short.get(letter), visible };
}
