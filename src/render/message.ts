/** What the main thread and the drawing worker say to each other. */

export interface Chart {
  /** Where the specification came from, for messages: a path or `stdin`. */
  readonly name: string;
  /** JSON text of a Vega or Vega-Lite specification, or a finished SVG document. */
  readonly text: string;
  /** Absolute folder of its data files; null: files are refused. */
  readonly base: string | null;
  /** Which language it must be; without it `$schema` and shape decide. */
  readonly kind?: "vega" | "vega-lite" | "svg" | undefined;
}

export interface DrawOptions {
  /** Pixels per unit of the chart (PNG), factor on its width and height (SVG). Default 1. */
  readonly scale?: number | undefined;
  /** A theme of vega-themes. */
  readonly theme?: string | undefined;
  /** Replaces the width of the view. */
  readonly width?: number | undefined;
  /** CSS colour, `transparent` for none; without it the specification decides. */
  readonly background?: string | undefined;
  /** JSON texts: a Vega config, number and time locales (d3-format, d3-time-format). */
  readonly config?: string | undefined;
  readonly numberLocale?: string | undefined;
  readonly timeLocale?: string | undefined;
  /** Of the random numbers of `random()` and of jitter; default 1, so that equal specifications give equal pictures. */
  readonly seed?: number | undefined;
  /** Written into the PNG as its resolution, and a further factor of `ppi / 72` on the scale. */
  readonly ppi?: number | undefined;
}

export interface Png {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

export type Format = "svg" | "png";

export type Request =
  /** Asks for the SVG text of a specification. */
  | { readonly kind: "draw"; readonly chart: Chart; readonly options: DrawOptions }
  /** Asks for the PNG of an SVG document: one that `draw` answered, or of somebody else's making. */
  | { readonly kind: "paint"; readonly text: string; readonly foreign: boolean; readonly options: DrawOptions };

export type ToWorker =
  | Request
  /** What painting needs is to be loaded; there is no answer. */
  | { readonly kind: "warm" }
  | { readonly kind: "file"; readonly uri: string; readonly bytes: Uint8Array }
  | { readonly kind: "no-file"; readonly uri: string; readonly reason: string };

export type Answer =
  | { readonly kind: "svg"; readonly text: string }
  | { readonly kind: "png"; readonly png: Png }
  | { readonly kind: "failed"; readonly reason: string; readonly hint: string | undefined };

export type FromWorker =
  | { readonly kind: "read"; readonly uri: string }
  | { readonly kind: "warning"; readonly text: string }
  | Answer;
