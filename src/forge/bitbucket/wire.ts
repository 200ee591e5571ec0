import * as v from "valibot";

const links = v.object({ html: v.optional(v.object({ href: v.string() })) });

export const comment = v.object({
  id: v.number(),
  content: v.object({ raw: v.optional(v.nullable(v.string()), "") }),
  created_on: v.string(),
  deleted: v.optional(v.boolean(), false),
  links,
  /** Null for an account that is gone. */
  user: v.optional(
    v.nullable(
      v.object({ uuid: v.optional(v.string(), ""), display_name: v.optional(v.string(), ""), type: v.optional(v.string()) }),
    ),
  ),
});

/** Hashes are cut to twelve digits. */
const side = v.object({
  branch: v.object({ name: v.string() }),
  commit: v.nullable(v.object({ hash: v.string() })),
  repository: v.optional(v.nullable(v.object({ full_name: v.optional(v.string(), "") }))),
});
export const pull = v.object({ id: v.number(), state: v.string(), links, source: side, destination: side });

export const page = v.object({ values: v.array(v.unknown()), next: v.optional(v.nullable(v.string())) });
export const commit = v.object({ hash: v.string() });
export const user = v.object({ uuid: v.string(), display_name: v.optional(v.string(), "") });
