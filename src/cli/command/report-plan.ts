import type { Direction } from "../../compare/comparison.ts";
import { type Gate, parseGate } from "../../compare/gate.ts";
import { defaultMinChange } from "../../compare/change.ts";
import { ConfigError, UsageError } from "../../core/error.ts";
import type { Host } from "../../host/host.ts";
import { parseMinChange, type Settings } from "../../report/settings.ts";
import { parseTarget, type Target } from "../../report/target.ts";
import type { ReportOptions } from "./report.ts";

/** Rules by which a report is judged; from options, and from the settings that count. */
export interface Rules {
  readonly gates: readonly Gate[];
  readonly advisory: boolean;
  readonly accept: NonNullable<Settings["accept"]>;
  readonly directions: Readonly<Record<string, Direction>>;
  readonly minChange: number;
}

export function rulesOf(options: ReportOptions, settings: Settings): Rules {
  const gates = options.gate.map(parseGate);
  const team = (settings.gates ?? []).map((text) => {
    try {
      return parseGate(text);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      throw new ConfigError(`cml.yaml: ${error.message}`, { hint: error.hint, cause: error });
    }
  });
  const pinned = (names: readonly string[], direction: Direction): Record<string, Direction> =>
    Object.fromEntries(names.map((name) => [name, direction]));
  return {
    gates: [...team, ...gates],
    advisory: options.advisory || settings.advisory === true,
    accept: settings.accept ?? [],
    directions: { ...settings.directions, ...pinned(options.higher, "higher"), ...pinned(options.lower, "lower") },
    minChange: parseMinChange(options.minChange) ?? parseMinChange(settings["min-change"]) ?? defaultMinChange,
  };
}

/** Where the report goes, and whether the user said so. */
export interface Aim {
  readonly targets: readonly Target[];
  /** Named by `--to` or `cml.yaml`: a failure there is not passed over. */
  readonly named: boolean;
}

/** `--to`, else the team's setting, else what is there: the terminal on a laptop, the job summary and the comment in CI; a page everywhere. */
export function aimOf(
  host: Host,
  settings: Settings,
  given: { readonly to: readonly string[]; readonly canComment: boolean; readonly pagePath: string },
): Aim {
  const texts = given.to.length > 0 ? given.to : (settings.to ?? []);
  if (texts.length > 0) return { targets: texts.map(parseTarget), named: true };
  const page: Target = { kind: "file", format: "html", path: given.pagePath };
  if (host.ci.id === "none") return { targets: [{ kind: "terminal" }, page], named: false };
  const summary: readonly Target[] = host.ci.summaryFile === undefined ? [] : [{ kind: "summary" }];
  if (!given.canComment) return { targets: [{ kind: "terminal" }, ...summary, page], named: false };
  return { targets: [...summary, page, { kind: "comment", text: "pr" }], named: false };
}
