import * as v from "valibot";

const account = v.object({
  id: v.optional(v.string(), ""),
  displayName: v.optional(v.string(), ""),
  uniqueName: v.optional(v.string()),
});

export const comment = v.object({
  id: v.number(),
  content: v.optional(v.nullable(v.string()), ""),
  author: v.optional(v.nullable(account)),
  publishedDate: v.optional(v.string(), ""),
  isDeleted: v.optional(v.boolean(), false),
});
export const thread = v.object({
  id: v.number(),
  comments: v.optional(v.nullable(v.array(comment)), []),
  isDeleted: v.optional(v.boolean(), false),
});
export const threads = v.object({ value: v.array(thread) });

const commit = v.object({ commitId: v.string() });
export const pull = v.object({
  pullRequestId: v.number(),
  status: v.string(),
  sourceRefName: v.string(),
  targetRefName: v.string(),
  lastMergeSourceCommit: v.optional(v.nullable(commit)),
  lastMergeTargetCommit: v.optional(v.nullable(commit)),
});
export const pulls = v.object({ value: v.array(pull) });
export const commits = v.object({ value: v.array(commit) });
export const refs = v.object({ value: v.array(v.object({ name: v.string(), objectId: v.string() })) });
export const attachment = v.object({ url: v.string() });
export const attachments = v.object({ value: v.array(v.object({ displayName: v.string(), url: v.string() })) });
export const connection = v.object({
  authenticatedUser: v.object({ id: v.string(), providerDisplayName: v.optional(v.string(), "") }),
});
