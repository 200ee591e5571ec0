/**
 * Address of the page after `current` by its `Link` header, null on the last one. The token goes with it, so it stays on the origin of the first
 * request: a forge behind a proxy writes links under its own name, and of such a link only the query is taken.
 */
export function nextPage(link: string | null, current: string, first: string): string | null {
  const next = link === null ? undefined : target(link, "next");
  if (next === undefined || !URL.canParse(next, current)) return null;
  const url = new URL(next, current);
  const own = new URL(first);
  if (url.origin === own.origin) return url.href;
  own.search = url.search;
  return own.href;
}

/** https://www.rfc-editor.org/rfc/rfc8288 */
function target(link: string, relation: string): string | undefined {
  for (const [, url, parameters = ""] of link.matchAll(/<([^>]*)>((?:\s*;\s*[\w*-]+\s*=\s*(?:"[^"]*"|[^",;\s]+))*)/g)) {
    const names = /;\s*rel\s*=\s*(?:"([^"]*)"|([^",;\s]+))/i.exec(parameters);
    if ((names?.[1] ?? names?.[2] ?? "").toLowerCase().split(/\s+/).includes(relation)) return url;
  }
  return undefined;
}
