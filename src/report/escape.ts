/** Makes text from files inert in Markdown: no emphasis, HTML, link, mention, issue reference or table break can come of it. */

/** Invisible characters and those that turn the reading direction are shown by their number. */
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const invisible = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

export function visible(value: string, limit = 120): string {
  const shown = value
    .toWellFormed()
    .replace(invisible, (char) =>
      char === "\n" || char === "\t" || char === "\r" ? " " : `\\u{${char.charCodeAt(0).toString(16)}}`,
    );
  const points = [...shown];
  return points.length > limit ? `${points.slice(0, limit - 1).join("")}…` : shown;
}

const plainWord = /^[\p{L}\p{N}](?:[\p{L}\p{N}_./ ,+-]*[\p{L}\p{N}%])?$/u;
const signedNumber = /^-?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?$/;
/** What forges turn into links by themselves: addresses, commits, `GH-12`, `ABC-12`. */
const linked = /www\.|^[0-9a-f]{7,64}$|(?:^|[^A-Za-z])[A-Za-z]{2,}-\d|(?:^|[\s/])_|_(?:[\s/]|$)|\.(?:com|org|net|io|dev|ai)\b/i;

/** Whether the text can stand bare in Markdown. Two plain words in a row are harmless; a word that could be a link is not. */
export function isHarmless(value: string): boolean {
  if (signedNumber.test(value)) return true;
  if (!plainWord.test(value) || / {2}/.test(value)) return false;
  if (/^\d+[.)] |^[-+] /.test(value)) return false;
  return !linked.test(value);
}

/** A code span; in a table cell with a pipe or backtick in it as an HTML code element of character references. */
export function codeSpan(raw: string, inCell: boolean): string {
  const value = visible(raw);
  if (value === "") return '`""`';
  if (inCell && /[|`\\]/.test(value)) return `<code>${references(value)}</code>`;
  let longest = 0;
  for (const run of value.match(/`+/g) ?? []) longest = Math.max(longest, run.length);
  const fence = "`".repeat(longest + 1);
  const pad = /^[` ]|[` ]$/.test(value) ? " " : "";
  return `${fence}${pad}${value}${pad}${fence}`;
}

export function nameText(raw: string, inCell: boolean): string {
  return isHarmless(raw) && raw.length <= 120 ? raw : codeSpan(raw, inCell);
}

/** Words outside code: markup is escaped, and a word joiner keeps forges from seeing a mention, an issue or an address. */
export function words(value: string): string {
  return visible(value, 2000)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replace(/(^|[^\w])([@#!$~])(?=[\w])/g, "$1$2\u2060")
    .replace(/:\/\//g, ":\u2060//")
    .replace(/\bwww\./gi, "www\u2060.")
    .replace(/[\\`*_[\]|~]/g, "\\$&")
    .replace(/^(#{1,6}|[-+])(?=\s)/, "\\$1")
    .replace(/^(\d+)([.)])(?=\s)/, "$1\\$2")
    .replace(/(\w)\\_(?=\w)/g, "$1_");
}

/** Every ASCII punctuation mark as a character reference. */
export function references(value: string): string {
  return value.replace(/[!-/:-@[-`{-~]/g, (char) => `&#${char.charCodeAt(0)};`);
}

/** Alternative text of an image: punctuation that Markdown reads is turned into references. */
export function altText(raw: string): string {
  return visible(raw, 200).replace(/[^\p{L}\p{N} .,:()/%+-]/gu, (char) =>
    /[!-/:-@[-`{-~]/.test(char) ? `&#${char.charCodeAt(0)};` : char,
  );
}

/** Destination of a link or image; only http, https, relative addresses and our own `cml:` slots are let through. */
export function destination(url: string): string {
  if (/^[a-z][a-z0-9+.-]*:/i.test(url) && !/^(?:https?|cml):/i.test(url)) return "#";
  return url.replace(
    /[\s<>()\\"'`|\u0000-\u001f]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}

export function html(value: string): string {
  return value
    .toWellFormed()
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}
