import * as v from "valibot";

const user = v.object({ login: v.string(), id: v.number() });

export const comment = v.object({
  id: v.number(),
  body: v.optional(v.nullable(v.string()), ""),
  html_url: v.string(),
  created_at: v.string(),
  user: v.nullable(user),
});
export const comments = v.array(comment);

export const attachment = v.object({
  name: v.string(),
  size: v.number(),
  uuid: v.string(),
  browser_download_url: v.string(),
});
export const attachments = v.nullable(v.array(attachment));

const side = v.object({
  sha: v.string(),
  ref: v.string(),
  repo: v.optional(v.nullable(v.object({ full_name: v.string() }))),
});
export const pull = v.object({
  number: v.number(),
  html_url: v.string(),
  state: v.string(),
  merged: v.optional(v.boolean(), false),
  head: side,
  base: side,
  merge_base: v.optional(v.string()),
});
export const pulls = v.array(pull);
export const account = v.object({ login: v.string(), id: v.number() });
export const reaction = v.object({ user: v.object({ login: v.string(), id: v.number() }) });
export const message = v.object({ message: v.string() });
export const refs = v.array(v.object({ ref: v.string(), object: v.object({ sha: v.string() }) }));

export const runner = v.object({
  id: v.union([v.number(), v.string()]),
  name: v.string(),
  status: v.string(),
  busy: v.optional(v.boolean()),
  labels: v.optional(v.nullable(v.array(v.object({ name: v.string() })))),
});
export const runners = v.object({ total_count: v.number(), runners: v.nullable(v.array(runner)) });
export const runnerToken = v.object({ token: v.string() });
export const repositoryKind = v.object({ private: v.boolean(), internal: v.optional(v.boolean(), false) });
