import { InputError } from "../core/error.ts";

const vegaLite = [
  "arc",
  "area",
  "bar",
  "boxplot",
  "circle",
  "errorband",
  "errorbar",
  "geoshape",
  "image",
  "line",
  "point",
  "rect",
  "rule",
  "square",
  "text",
  "tick",
  "trail",
]; // https://vega.github.io/vega-lite/docs/mark.html
const vega = ["arc", "area", "group", "image", "line", "path", "rect", "rule", "shape", "symbol", "text", "trail"]; // https://vega.github.io/vega/docs/marks/

/** Throws an `InputError` naming an unknown mark and its place: vega-lite itself ends in a bare TypeError there. */
export function checkMarks(spec: object, kind: "vega" | "vega-lite"): void {
  if (kind === "vega") checkVega(spec, "");
  else checkVegaLite(spec, "");
}

function checkVegaLite(view: unknown, path: string): void {
  if (typeof view !== "object" || view === null) return;
  if ("mark" in view) check(view.mark, vegaLite, `${path}mark`);
  for (const key of ["layer", "concat", "hconcat", "vconcat"]) {
    const parts: unknown = Object.getOwnPropertyDescriptor(view, key)?.value;
    if (Array.isArray(parts)) parts.forEach((part: unknown, index) => checkVegaLite(part, `${path}${key}[${index}].`));
  }
  if ("spec" in view) checkVegaLite(view.spec, `${path}spec.`);
}

function checkVega(group: unknown, path: string): void {
  checkTransforms(group, path);
  if (typeof group !== "object" || group === null || !("marks" in group) || !Array.isArray(group.marks)) return;
  group.marks.forEach((mark: unknown, index) => {
    const place = `${path}marks[${index}].`;
    check(mark, vega, place.slice(0, -1));
    checkVega(mark, place);
  });
}

const needCanvas = ["heatmap", "wordcloud"];

/** Some transforms paint on a canvas, which there is none of. */
function checkTransforms(group: unknown, path: string): void {
  if (typeof group !== "object" || group === null) return;
  for (const key of ["data", "marks"]) {
    const holders: unknown = Object.getOwnPropertyDescriptor(group, key)?.value;
    if (!Array.isArray(holders)) continue;
    holders.forEach((holder: unknown, index) => {
      const list: unknown = typeof holder === "object" && holder !== null && "transform" in holder ? holder.transform : [];
      if (Array.isArray(list)) list.forEach((item: unknown) => checkTransform(item, `${path}${key}[${index}]`));
    });
  }
}

function checkTransform(item: unknown, place: string): void {
  const type: unknown = typeof item === "object" && item !== null && "type" in item ? item.type : undefined;
  if (typeof type === "string" && needCanvas.includes(type))
    throw new InputError(`transform \`${type}\` at \`${place}\` needs a canvas and cannot be drawn`);
}

function check(mark: unknown, known: readonly string[], place: string): void {
  const name: unknown = typeof mark === "object" && mark !== null && "type" in mark ? mark.type : mark;
  if (typeof name === "string" && known.includes(name)) return;
  throw new InputError(`unknown mark ${JSON.stringify(name) ?? "undefined"} at \`${place}\``, {
    hint: `the marks are ${known.join(", ")}`,
  });
}
