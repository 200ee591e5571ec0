/** Where a repository is, taken apart from any form Git or people write it in. */
export interface Remote {
  /** `https://git.example.com/sub/path`, without credentials and trailing slash. */
  readonly serverUrl: string;
  readonly owner: string;
  readonly name: string;
}

/**
 * Reads `https://…`, `ssh://…`, `git://…` and `user@host:path` addresses; an address that is not HTTP is taken to have its web pages at
 * `https://` on the same host. Null when it is none of them, or has no owner and name.
 */
export function parseRemote(text: string): Remote | null {
  const scp = /^(?:[^@/\s]+@)?([^:/\s]+):(?!\/\/)(.+)$/.exec(text);
  const url = parseUrl(scp === null ? text : `ssh://${scp[1] ?? ""}/${scp[2] ?? ""}`);
  if (url === null || !/^(https?|ssh|git|git\+ssh):$/.test(url.protocol) || url.hostname === "") return null;
  const parts = url.pathname.split("/").filter((part) => part !== "");
  const name = decode(parts.pop() ?? "").replace(/\.git$/, "");
  const owner = decode(parts.pop() ?? "");
  if (owner === "" || name === "") return null;
  const isWeb = url.protocol === "http:" || url.protocol === "https:";
  const origin = isWeb ? `${url.protocol}//${url.host}` : `https://${url.hostname}`;
  return { serverUrl: [origin, ...parts].join("/"), owner, name };
}

/** `owner/name`, with `mayNest` also `group/subgroup/name`, or null. */
export function parseSlug(text: string, mayNest = false): { readonly owner: string; readonly name: string } | null {
  const form = mayNest ? /^([\w.-]+(?:\/[\w.-]+)*)\/([\w.-]+?)(?:\.git)?\/?$/ : /^([\w.-]+)\/([\w.-]+?)(?:\.git)?\/?$/;
  const found = form.exec(text);
  return found === null ? null : { owner: found[1] ?? "", name: found[2] ?? "" };
}

function parseUrl(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
