/**
 * The built-in templates by name. Their shapes follow those of dvc-render (https://github.com/treeverse/dvc-render, Apache-2.0),
 * because a chart made here has to be equal to the one DVC makes; `<DVC_METRIC_…>` are filled by `plot-template.ts`.
 */
const anchor = (name: string): string => `<DVC_METRIC_${name}>`;

const schema = "https://vega.github.io/schema/vega-lite/v5.json";
const head = {
  $schema: schema,
  data: { values: anchor("DATA") },
  title: { text: anchor("TITLE"), anchor: "middle" },
};
const size = { width: anchor("PLOT_WIDTH"), height: anchor("PLOT_HEIGHT") };
const zoom = { params: [anchor("ZOOM_AND_PAN")] };

const x = { field: anchor("X"), title: anchor("X_LABEL") };
const y = { field: anchor("Y"), title: anchor("Y_LABEL") };
const measure = { type: "quantitative" };
const fromData = { scale: { zero: false } };
const byRevision = { field: "rev", type: "nominal" };

const simple = {
  ...head,
  ...zoom,
  ...size,
  mark: { type: "line", tooltip: { content: "data" } },
  encoding: {
    x: { ...x, ...measure },
    y: { ...y, ...measure, ...fromData },
    color: anchor("COLOR"),
    strokeDash: anchor("STROKE_DASH"),
    tooltip: anchor("TOOLTIP"),
  },
};

const whileHovered = { param: "hover", empty: false };
const linear = {
  ...head,
  ...size,
  params: [{ name: "smooth", value: 0.001, bind: { input: "range", min: 0.001, max: 1, step: 0.001 } }],
  encoding: { x: { ...x, ...measure }, color: anchor("COLOR"), strokeDash: anchor("STROKE_DASH") },
  layer: [
    {
      layer: [
        { ...zoom, mark: "line" },
        { transform: [{ filter: whileHovered }], mark: "point" },
      ],
      encoding: { y: { ...y, ...measure, ...fromData }, color: byRevision },
      transform: [{ loess: anchor("Y"), on: anchor("X"), groupby: anchor("GROUP_BY"), bandwidth: { signal: "smooth" } }],
    },
    {
      mark: { type: "line", opacity: 0.2 },
      encoding: { x: { ...x, ...measure }, y: { ...y, ...measure, ...fromData }, color: byRevision },
    },
    {
      mark: { type: "circle", size: 10 },
      encoding: {
        x: { ...x, ...measure, aggregate: "max" },
        y: { ...y, ...measure, ...fromData, aggregate: { argmax: anchor("X") } },
        color: byRevision,
      },
    },
    {
      transform: [
        { calculate: anchor("PIVOT_FIELD"), as: "pivot_field" },
        { pivot: "pivot_field", op: "mean", value: anchor("Y"), groupby: [anchor("X")] },
      ],
      mark: { type: "rule", tooltip: { content: "data" }, stroke: "grey" },
      encoding: { opacity: { condition: { value: 0.3, ...whileHovered }, value: 0 } },
      params: [
        {
          name: "hover",
          select: { type: "point", fields: [anchor("X")], nearest: true, on: "mouseover", clear: "mouseout" },
        },
      ],
    },
  ],
};

const scatter = {
  ...head,
  ...size,
  ...zoom,
  mark: { type: "point", tooltip: { content: "data" } },
  encoding: {
    x: { ...x, ...measure },
    y: { ...y, ...measure },
    color: anchor("COLOR"),
    shape: anchor("SHAPE"),
    tooltip: anchor("TOOLTIP"),
  },
};

const scatterJitter = {
  ...head,
  ...size,
  transform: [
    { calculate: "random()", as: "randomX" },
    { calculate: "random()", as: "randomY" },
  ],
  mark: { type: "point", tooltip: { content: "data" } },
  encoding: {
    x,
    y,
    color: anchor("COLOR"),
    shape: anchor("SHAPE"),
    tooltip: anchor("TOOLTIP"),
    xOffset: { field: "randomX", ...measure },
    yOffset: { field: "randomY", ...measure },
  },
};

const barHorizontal = {
  ...head,
  ...size,
  ...zoom,
  mark: { type: "bar" },
  encoding: {
    x: { ...x, ...measure, ...fromData },
    y: { ...y, type: "nominal" },
    yOffset: { field: "rev", sort: [] },
    color: anchor("COLOR"),
    column: anchor("COLUMN"),
  },
};
const barHorizontalSorted = {
  ...barHorizontal,
  encoding: { ...barHorizontal.encoding, y: { ...y, type: "nominal", sort: "-x" } },
};

const facet = { column: { field: "rev", sort: [] }, row: anchor("ROW") };
const countCells = [{ aggregate: [{ op: "count", as: "xy_count" }], groupby: [anchor("Y"), anchor("X")] }];
const imputeY = { impute: "xy_count", groupby: anchor("GROUP_BY_X"), key: anchor("Y"), value: 0 };
const cellAxes = {
  x: { ...x, type: "nominal", sort: "ascending" },
  y: { ...y, type: "nominal", sort: "ascending" },
};
const cells = (color: object): object => ({ mark: "rect", ...size, encoding: { color } });
const hovered = (value: object): object => ({
  selection: { label: { type: "single", on: "mouseover", encodings: ["x", "y"], empty: "none", clear: "mouseout" } },
  mark: "rect",
  encoding: {
    tooltip: [{ field: anchor("X"), type: "nominal" }, { field: anchor("Y"), type: "nominal" }, value],
    opacity: { condition: { selection: "label", value: 1 }, value: 0 },
  },
});
const hoveredFill = {
  transform: [{ filter: { selection: "label" } }],
  layer: [{ mark: { type: "rect", color: "lightpink" } }],
};
const ink = (field: string): object => ({
  condition: { test: `datum.${field} > 0.5`, value: "white" },
  value: "black",
});

const confusion = {
  ...head,
  facet,
  params: [{ name: "showValues", bind: { input: "checkbox" } }],
  spec: {
    transform: [
      ...countCells,
      { impute: "xy_count", groupby: anchor("GROUP_BY_Y"), key: anchor("X"), value: 0 },
      imputeY,
      { joinaggregate: [{ op: "max", field: "xy_count", as: "max_count" }], groupby: [] },
      { calculate: "datum.xy_count / datum.max_count", as: "percent_of_max" },
    ],
    encoding: cellAxes,
    layer: [
      cells({ field: "xy_count", ...measure, title: "", scale: { domainMin: 0, nice: true } }),
      hovered({ field: "xy_count", ...measure }),
      hoveredFill,
      {
        mark: "text",
        encoding: {
          text: { condition: { param: "showValues", field: "xy_count", ...measure } },
          color: ink("percent_of_max"),
        },
      },
    ],
  },
};

const confusionNormalized = {
  ...head,
  facet,
  spec: {
    transform: [
      ...countCells,
      { impute: "xy_count", groupby: ["rev", anchor("Y")], key: anchor("X"), value: 0 },
      imputeY,
      { joinaggregate: [{ op: "sum", field: "xy_count", as: "sum_y" }], groupby: [anchor("Y")] },
      { calculate: "datum.xy_count / datum.sum_y", as: "percent_of_y" },
    ],
    encoding: cellAxes,
    layer: [
      cells({ field: "percent_of_y", ...measure, title: "", scale: { domain: [0, 1] } }),
      hovered({ field: "percent_of_y", ...measure, format: ".2f" }),
      hoveredFill,
      { mark: "text", encoding: { color: ink("percent_of_y") } },
    ],
  },
};

/** In the order in which DVC lists them. */
export const builtinTemplates: ReadonlyMap<string, object> = new Map<string, object>([
  ["simple", simple],
  ["linear", linear],
  ["confusion", confusion],
  ["confusion_normalized", confusionNormalized],
  ["scatter", scatter],
  ["scatter_jitter", scatterJitter],
  ["smooth", linear],
  ["bar_horizontal_sorted", barHorizontalSorted],
  ["bar_horizontal", barHorizontal],
]);
