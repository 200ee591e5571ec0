import { IntegrityError } from "../core/error.ts";

/**
 * JSON of an answer. Integers that a double cannot hold stay text, exactly as they were written: identifiers of GitLab and of some clouds are
 * longer than 2^53. Throws `IntegrityError` when it is no JSON, naming a web page for what it is.
 */
export function parseJson(text: string, origin: { readonly what: string; readonly contentType: string | null }): unknown {
  try {
    return /\d{16}/.test(text) ? JSON.parse(text, keepLarge) : JSON.parse(text);
  } catch (cause) {
    const isPage = /^\s*<(!doctype|html)/i.test(text) || origin.contentType?.startsWith("text/html") === true;
    if (!isPage) throw new IntegrityError(`the answer of ${origin.what} is no JSON`, { cause });
    const title = pageTitle(text);
    throw new IntegrityError(`${origin.what} answered with a web page instead of JSON${title === "" ? "" : `: ${title}`}`, {
      cause,
      hint: "a proxy or a login page may have answered; check the address of the API",
    });
  }
}

function keepLarge(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source;
  return typeof value === "number" && !Number.isSafeInteger(value) && source !== undefined && /^-?\d+$/.test(source)
    ? source
    : value;
}

/** Text of a page's `<title>`, on one line. */
export function pageTitle(html: string): string {
  const title = /<title[^>]*>([^<]*)/i.exec(html)?.[1] ?? "";
  return title.replace(/\s+/g, " ").trim();
}
