import * as v from "valibot";

const author = v.object({ id: v.number(), username: v.string() });

/** Identifiers are read as numbers: they stay below 2^53 by far. */
export const note = v.object({
  id: v.number(),
  body: v.optional(v.nullable(v.string()), ""),
  created_at: v.string(),
  /** What GitLab itself notes ("changed the description"). */
  system: v.optional(v.nullable(v.boolean()), false),
  author: v.nullable(author),
});
export const notes = v.array(note);
export const discussion = v.object({ id: v.string(), notes });
export const discussions = v.array(discussion);

export const mergeRequest = v.object({
  iid: v.number(),
  web_url: v.string(),
  state: v.string(),
  sha: v.optional(v.nullable(v.string()), ""),
  source_branch: v.string(),
  target_branch: v.string(),
  source_project_id: v.optional(v.nullable(v.number())),
  target_project_id: v.number(),
  diff_refs: v.optional(v.nullable(v.object({ base_sha: v.nullable(v.string()) }))),
});
export const mergeRequests = v.array(mergeRequest);

/** `full_path` since 17.1. */
export const upload = v.object({ url: v.string(), full_path: v.optional(v.nullable(v.string())) });
export const commit = v.object({ id: v.string() });
export const user = v.object({ id: v.number(), username: v.string() });

export const runnerIds = v.array(v.object({ id: v.number() }));
export const runner = v.object({
  description: v.nullable(v.string()),
  online: v.optional(v.nullable(v.boolean())),
  status: v.optional(v.nullable(v.string())),
  tag_list: v.optional(v.nullable(v.array(v.string()))),
});
export const newRunner = v.object({ id: v.number(), token: v.string() });
export const jobs = v.array(v.unknown());
export const project = v.object({
  id: v.number(),
  visibility: v.optional(v.string()),
  runners_token: v.optional(v.nullable(v.string())),
});
export const group = v.object({ id: v.number() });
