import { openTree } from "../../dvc/git-tree.ts";
import type { Host } from "../../host/host.ts";
import { readSettings, type Settings } from "../../report/settings.ts";
import type { Opened } from "./report-view.ts";

const file = "cml.yaml";

export interface Trusted {
  readonly settings: Settings;
  /** Sentences for the report's first lines. */
  readonly warnings: readonly string[];
}

/** The change comes from outside, or the event runs with the rights of the base although the files are the head's. */
export function isStranger({ ci }: Host): boolean {
  return ci.isFork || ci.eventName === "pull_request_target" || ci.eventName === "workflow_run";
}

/**
 * The rules that count. For a pull request from a fork, `pull_request_target` and `workflow_run` they come from the base, so that a stranger cannot
 * lower the bar; otherwise from the head, and the report says when they are weaker than the base's.
 */
export async function trustedSettings(host: Host, opened: Opened, own: Settings, trustHead: boolean): Promise<Trusted> {
  const { repository, baseline } = opened;
  const stranger = isStranger(host);
  if (repository === null || baseline.kind === "none") return { settings: stranger && !trustHead ? {} : own, warnings: [] };
  const tree = await openTree(repository, baseline.sha);
  const bytes = await tree.read(file, { limitBytes: 1_000_000 });
  if (bytes === null && Object.keys(own).length === 0) return { settings: {}, warnings: [] };
  if (stranger && !trustHead)
    return {
      settings: await readSettings(bytes, `${file} of the base`),
      warnings: weakened(await readable(bytes), own).map(
        (what) => `${what} in this pull request's \`cml.yaml\`, which does not count: it comes from outside.`,
      ),
    };
  return {
    settings: own,
    warnings: weakened(await readable(bytes), own).map((what) => `This change weakens its own rules: ${what} in \`cml.yaml\`.`),
  };
}

/** A base whose file is broken cannot be compared with; that is the head's chance to mend it. */
async function readable(bytes: Uint8Array | null): Promise<Settings> {
  return readSettings(bytes).catch(() => ({}));
}

/** What the head's rules no longer hold the change to. Without gates on the base there is nothing to weaken. */
function weakened(base: Settings, head: Settings): string[] {
  if ((base.gates ?? []).length === 0) return [];
  const gone = (base.gates ?? []).filter((gate) => !(head.gates ?? []).includes(gate));
  const accepted = (head.accept ?? []).filter(
    (entry) => !(base.accept ?? []).some((known) => known.metric === entry.metric && known.until === entry.until),
  );
  return [
    ...(gone.length > 0
      ? [
          `${gone.length === 1 ? "a gate is" : `${gone.length} gates are`} gone or changed (${gone.map((gate) => `\`${gate.replaceAll("`", "'")}\``).join(", ")})`,
        ]
      : []),
    ...(head.advisory === true && base.advisory !== true ? ["gates are made advisory"] : []),
    ...(accepted.length > 0
      ? [`${accepted.map((entry) => `\`${entry.metric.replaceAll("`", "'")}\``).join(", ")} may fail by an exception`]
      : []),
  ];
}
