/**
 * Names of the predecessor and of vega-cli that old workflows use. Old flags are aliases in the option tables; everything else that is old
 * stands here, so that it can be read, tested row by row, and one day removed.
 */

/** Names by which the program may be called (`cml link` makes them), and the words that stand for them. */
export const programs: Readonly<Record<string, readonly string[]>> = {
  "cml-send-comment": ["send-comment"],
  "cml-publish": ["publish"],
  "cml-send-github-check": ["send-github-check"],
  "cml-runner": ["runner"],
  "cml-pr": ["pr"],
  "cml-tensorboard-dev": ["tensorboard-dev"],
  vl2png: ["vl2png"],
  vl2svg: ["vl2svg"],
  vg2png: ["vg2png"],
  vg2svg: ["vg2svg"],
};

/** Further prefixes of `CML_<COMMAND>_<OPTION>` by command: the predecessor named them after its groups, and before that after its programs. */
const oldPrefixes: Readonly<Record<string, readonly string[]>> = {
  "comment create": ["SEND_COMMENT"],
  "comment update": ["SEND_COMMENT"],
  "send-comment": ["COMMENT"],
  "check create": ["SEND_GITHUB_CHECK"],
  "send-github-check": ["CHECK"],
  publish: ["ASSET"],
  "repo prepare": ["CI"],
  "workflow rerun": ["RERUN_WORKFLOW"],
};

export function prefixes(command: string): readonly string[] {
  return Object.hasOwn(oldPrefixes, command) ? (oldPrefixes[command] ?? []) : [];
}
