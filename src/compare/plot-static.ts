import { isLinearSpec, linearPicture } from "./plot-static-linear.ts";
import { type Json, isObject } from "./plot-static-json.ts";
import { thin } from "./plot-thin.ts";

/**
 * A specification for a picture that nobody can hover over or slide: zoom, sliders and hover layers are gone, confusion matrices show
 * their numbers, nothing is placed by `random()`, and series of very many points are thinned. The argument is left as it is; datapoints
 * are shared with it.
 */
export function staticSpec(spec: object): object {
  if (!isObject(spec)) return spec;
  const still = isLinearSpec(spec) ? linearPicture(spec) : view(spec, randomFields(spec));
  return thin(still);
}

/** Names of the columns that `random()` fills. */
function randomFields(spec: Json): Set<unknown> {
  const transforms = Array.isArray(spec["transform"]) ? spec["transform"].filter(isObject) : [];
  return new Set(transforms.filter(isRandom).map((transform) => transform["as"]));
}

function isRandom(transform: Json): boolean {
  return typeof transform["calculate"] === "string" && /\brandom\s*\(/.test(transform["calculate"]);
}

function view(spec: Json, random: ReadonlySet<unknown>): Json {
  const still: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(spec)) {
    if (key === "params" && Array.isArray(value)) {
      const kept = value.filter(isObject).filter((param) => param["bind"] !== "scales");
      if (kept.length > 0) still[key] = kept.map(withoutControl);
    } else if (key === "layer" && Array.isArray(value)) {
      still[key] = value.filter((layer) => !isHoverLayer(layer)).map((layer) => (isObject(layer) ? view(layer, random) : layer));
    } else if (key === "transform" && Array.isArray(value)) {
      still[key] = value.filter((transform) => !isObject(transform) || !isRandom(transform));
    } else if (key === "encoding" && isObject(value)) still[key] = encoding(value, random);
    else if (key === "facet" && isObject(value)) still[key] = withoutEmpty(value);
    else if (key === "spec" && isObject(value)) still[key] = view(value, random);
    else if ((key === "concat" || key === "hconcat" || key === "vconcat") && Array.isArray(value))
      still[key] = value.map((part) => (isObject(part) ? view(part, random) : part));
    else still[key] = value;
  }
  return still["mark"] === "text" ? withNumbers(still) : still;
}

/** A slider or check box cannot be drawn; the numbers that a check box would show are wanted. */
function withoutControl(param: Json): Json {
  const { bind, ...rest } = param;
  if (bind === undefined || rest["select"] !== undefined) return param;
  return rest["name"] === "showValues" ? { ...rest, value: true } : rest;
}

/** Layers of DVC's confusion matrices that appear under the mouse only. */
function isHoverLayer(layer: unknown): boolean {
  if (!isObject(layer)) return false;
  if (layer["selection"] !== undefined) return true;
  const transforms = Array.isArray(layer["transform"]) ? layer["transform"].filter(isObject) : [];
  return transforms.some((transform) => isObject(transform["filter"]) && transform["filter"]["selection"] !== undefined);
}

function encoding(channels: Json, random: ReadonlySet<unknown>): Json {
  const kept = Object.entries(channels).filter(
    ([, channel]) => !isObject(channel) || !random.has(channel["field"]) || random.size === 0,
  );
  return withoutEmpty(Object.fromEntries(kept));
}

/** With one series DVC leaves channels such as `row` as `{}`, of which Vega-Lite warns. */
function withoutEmpty(channels: Json): Json {
  return Object.fromEntries(
    Object.entries(channels).filter(([, channel]) => !isObject(channel) || Object.keys(channel).length > 0),
  );
}

/** The normalised confusion matrix has a text layer without text: its numbers are the shares it is coloured by. */
function withNumbers(layer: Json): Json {
  const channels = layer["encoding"];
  if (!isObject(channels) || channels["text"] !== undefined) return layer;
  if (!JSON.stringify(channels["color"] ?? null).includes("datum.percent_of_y")) return layer;
  const text = { field: "percent_of_y", type: "quantitative", format: ".2f" };
  return { ...layer, encoding: { ...channels, text } };
}
