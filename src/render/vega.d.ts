// Exports of vega that its own types leave out.
import type { TextItem } from "./text.ts";

declare module "vega" {
  export const textMetrics: { width: (item: TextItem, text: unknown) => number };
  export function setRandom(random: () => number): void;
  export function randomLCG(seed: number): () => number;
}
