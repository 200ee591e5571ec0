/**
 * The hidden marker of our comments: a link reference definition in a block of its own, which every forge's renderer leaves out
 * (Bitbucket prints HTML comments as text).
 */
export interface Marker {
  readonly key: string;
  /** Number of the run that wrote the comment, and its attempt. */
  readonly run?: number | undefined;
  readonly attempt?: number | undefined;
  readonly sha?: string | undefined;
}

const line = /^\[cml-sticky\]: <[^>\s]*> "([^"\n]*)"[ \t]*\r?$/gm;

export function markerText(marker: Marker): string {
  const fields = [
    `key=${encode(marker.key)}`,
    ...(marker.run === undefined ? [] : [`run=${marker.run}`]),
    ...(marker.attempt === undefined ? [] : [`attempt=${marker.attempt}`]),
    ...(marker.sha === undefined ? [] : [`sha=${encode(marker.sha)}`]),
  ];
  return `[cml-sticky]: <#v1> "${fields.join(" ")}"`;
}

/** The last marker of a comment's body, null when it has none. */
export function readMarker(body: string): Marker | null {
  const found = [...body.matchAll(line)].at(-1);
  if (found === undefined) return null;
  const fields = new Map((found[1] ?? "").split(" ").map((field) => [field.replace(/=.*$/, ""), field.replace(/^[^=]*=?/, "")]));
  const key = fields.get("key");
  if (key === undefined) return null;
  return { key: decode(key), run: number(fields.get("run")), attempt: number(fields.get("attempt")), sha: fields.get("sha") };
}

/** The body without its marker, and with the blanks that servers change taken away: for telling whether two bodies say the same. */
export function withoutMarker(body: string): string {
  return body.replaceAll("\r\n", "\n").replace(line, "").trimEnd();
}

/** Blank lines around: glued to a paragraph or a table the marker would be visible text. */
export function withMarker(body: string, marker: Marker): string {
  return `${body.trimEnd()}\n\n${markerText(marker)}\n`;
}

/** Whether `a` was written by a run that is older than `b`'s; false where either does not say. */
export function isOlder(a: Marker, b: Marker): boolean {
  if (a.run === undefined || b.run === undefined) return false;
  return a.run !== b.run ? a.run < b.run : (a.attempt ?? 1) < (b.attempt ?? 1);
}

/** The predecessor's visible watermark, an image without text whose title holds the label. */
export function hasWatermark(body: string, label: string): boolean {
  const title = `CML watermark ${label}`.trim();
  for (const [, found = ""] of body.matchAll(/!\[\]\(https:\/\/cml\.dev\/watermark\.png#[0-9a-fA-F]+ "([^"\n]*)"\)/g)) {
    if (found.replace(/\\([_*[<])/g, "$1").trim() === title) return true;
  }
  return false;
}

/** Quotes, angle brackets, blanks and line ends never appear in a field. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function number(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
