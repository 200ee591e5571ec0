import { at, isObject, type Json } from "./plot-static-json.ts";

/** DVC's `linear` template: a slider for smoothing, and layers that answer the mouse. */
export function isLinearSpec(spec: Json): boolean {
  return at(spec, "params", 0, "name") === "smooth" && at(spec, "layer", 0, "transform", 0, "loess") !== undefined;
}

/** Lines and their last points. At the slider's start the smoothed line is the line itself, so it is drawn without smoothing. */
export function linearPicture(spec: Json): Json {
  const { params: _, ...rest } = spec;
  const y = at(spec, "layer", 0, "encoding", "y");
  const end = at(spec, "layer", 2, "encoding");
  // The last points take the lines' colours, which stand in the outer encoding.
  const endChannels = isObject(end) ? { x: end["x"], y: end["y"] } : {};
  return {
    ...rest,
    layer: [
      { mark: "line", encoding: { y } },
      { mark: { type: "circle", size: 20 }, encoding: endChannels },
    ],
  };
}
