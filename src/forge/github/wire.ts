import * as v from "valibot";

const user = v.object({ login: v.string(), id: v.number(), type: v.optional(v.string()) });

export const comment = v.object({
  id: v.number(),
  body: v.optional(v.nullable(v.string()), ""),
  html_url: v.string(),
  created_at: v.string(),
  /** Null for an account that is gone. */
  user: v.nullable(user),
});
export const comments = v.array(comment);

const side = v.object({
  sha: v.string(),
  ref: v.string(),
  /** Null when the fork was deleted. */
  repo: v.optional(v.nullable(v.object({ full_name: v.string() }))),
});
export const pull = v.object({
  number: v.number(),
  html_url: v.string(),
  state: v.string(),
  merged_at: v.optional(v.nullable(v.string())),
  head: side,
  base: side,
});
export const pulls = v.array(pull);
export const pullNode = v.object({ node_id: v.string() });
export const mutation = v.object({ errors: v.optional(v.array(v.object({ message: v.string() })), []) });

export const sha = v.object({ sha: v.string() });
export const ref = v.object({ object: v.object({ sha: v.string() }) });
export const commit = v.object({ sha: v.string(), tree: v.object({ sha: v.string() }) });
/** A folder of the contents API; a single file answers an object instead. */
export const folder = v.array(v.object({ name: v.string(), type: v.string() }));
export const comparison = v.object({ merge_base_commit: v.object({ sha: v.string() }) });
export const checkRun = v.object({
  id: v.number(),
  external_id: v.optional(v.nullable(v.string())),
  html_url: v.nullable(v.string()),
});
export const checkRuns = v.object({ check_runs: v.array(checkRun) });
export const account = v.object({ login: v.string(), id: v.number() });
export const viewer = v.object({ data: v.object({ viewer: v.object({ login: v.string() }) }) });

export const runner = v.object({
  id: v.number(),
  name: v.string(),
  status: v.string(),
  busy: v.boolean(),
  labels: v.array(v.object({ name: v.string() })),
});
export const runners = v.object({ total_count: v.number(), runners: v.array(runner) });
export const runnerGroups = v.object({ runner_groups: v.array(v.object({ id: v.number(), name: v.string() })) });
export const runnerToken = v.object({ token: v.string() });
export const jitConfig = v.object({ runner: v.object({ id: v.number() }), encoded_jit_config: v.string() });
export const runnerDownloads = v.array(
  v.object({
    os: v.string(),
    architecture: v.string(),
    download_url: v.string(),
    filename: v.string(),
    sha256_checksum: v.optional(v.string()),
  }),
);
export const workflowRun = v.object({ status: v.nullable(v.string()) });
export const repositoryKind = v.object({ private: v.optional(v.boolean()), visibility: v.optional(v.string()) });
