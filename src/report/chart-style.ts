/** How plots look in a report: quiet axes, room to read. Datapoints and colours stay as the specification has them. */

/** Vega config under the specification's own, for still pictures on a light ground. */
export const stillConfig: string = JSON.stringify({
  background: "#ffffff",
  padding: 12,
  title: { color: "#1c2024", fontSize: 13, fontWeight: 600, anchor: "start", offset: 10 },
  axis: {
    domainColor: "#c9d0d8",
    gridColor: "#eceff2",
    tickColor: "#c9d0d8",
    labelColor: "#5f6a75",
    titleColor: "#5f6a75",
    titleFontWeight: 500,
    labelFontSize: 11,
    titleFontSize: 11,
  },
  legend: {
    orient: "top",
    layout: { top: { anchor: "start", direction: "vertical", margin: 2 } },
    titleOrient: "left",
    labelColor: "#1c2024",
    titleColor: "#5f6a75",
    titleFontWeight: 500,
    labelFontSize: 11,
    titleFontSize: 11,
  },
  header: { labelColor: "#1c2024", titleColor: "#5f6a75" },
  view: { stroke: null },
  line: { strokeWidth: 2 },
});

const composed = ["hconcat", "vconcat", "concat", "facet", "repeat", "spec"];
const facets = ["facet", "row", "column"];

/** Whether a specification is one view whose size may be chosen: no composition, no grid of cells that a stretched side would distort. */
function isResizable(spec: Readonly<Record<string, unknown>>): boolean {
  if (/\/vega\/v/.test(String(spec["$schema"])) || composed.some((key) => key in spec)) return false;
  const encoding = spec["encoding"];
  if (typeof encoding === "object" && encoding !== null && facets.some((key) => key in encoding)) return false;
  const text = JSON.stringify({ mark: spec["mark"], layer: spec["layer"] });
  return /"(?:line|area|point|circle|trail|tick)"/.test(text) && !/"rect"/.test(text);
}

/** Whether a specification holds several views side by side, and wants the whole width. */
export function isWide(spec: object): boolean {
  const record: Readonly<Record<string, unknown>> = { ...spec };
  const encoding = record["encoding"];
  const has = (keys: readonly string[], of: object): boolean =>
    keys.some((key) => key in of && Object.keys(Object(Reflect.get(of, key))).length > 0);
  return has(composed, record) || (typeof encoding === "object" && encoding !== null && has(facets, encoding));
}

/** Lines read better wide than square. */
export function sized(spec: object, width: number, height: number): object {
  const record = { ...spec };
  return isResizable(record) ? { ...record, width, height } : spec;
}

/** The specification without its title, which the page sets as text of its own. */
export function untitled(spec: object): object {
  const copy: Record<string, unknown> = { ...spec };
  delete copy["title"];
  return copy;
}

const headColor = "#2f6fde";
const baseColor = "#9aa4b0";

/**
 * The head in colour, its baseline in grey, wherever a scale gives every revision a colour; the legend does without a title. Datapoints are
 * shared with the argument, which stays as it is.
 */
export function recolored(spec: object, revisions: readonly string[]): object {
  const [head, base] = revisions;
  if (head === undefined || base === undefined || revisions.length > 2) return spec;
  const colors = new Map([
    [head, headColor],
    [base, baseColor],
  ]);
  return mapped(spec, colors);
}

function mapped(value: object, colors: ReadonlyMap<string, string>): object {
  if (Array.isArray(value)) return value.map((item: unknown) => (isObject(item) ? mapped(item, colors) : item));
  const copy: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    if (!isObject(item) || key === "data" || key === "datasets") copy[key] = item;
    else if (key === "color" && "field" in item && item.field === "rev") copy[key] = revisionColor(item, colors);
    else copy[key] = mapped(item, colors);
  }
  return copy;
}

function revisionColor(channel: object, colors: ReadonlyMap<string, string>): object {
  const copy: Record<string, unknown> = { ...channel };
  const { scale, legend } = copy;
  if (legend !== null) copy["legend"] = { ...(isObject(legend) ? legend : {}), title: null };
  const domain: unknown = isObject(scale) && "domain" in scale ? scale.domain : undefined;
  if (isObject(scale) && Array.isArray(domain) && domain.every((name: unknown) => typeof name === "string" && colors.has(name))) {
    copy["scale"] = { ...scale, range: domain.map((name: string) => colors.get(name)) };
  }
  return copy;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
