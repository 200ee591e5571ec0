/** One line of BENCHMARKS.md. */
export interface Row {
  readonly what: string;
  readonly ours: string;
  /** The rival's figures in the same run, or why there are none. */
  readonly rival: string;
  readonly ratio: string;
  readonly reach: string;
  readonly holds: boolean | null;
}

export const ms = (value: number): string =>
  value < 10 ? `${value.toFixed(1)} ms` : value < 1000 ? `${value.toFixed(0)} ms` : `${(value / 1000).toFixed(2)} s`;
export const mb = (value: number): string => (value === 0 ? "–" : `${value.toFixed(0)} MB`);
export const times = (value: number): string => `${value.toFixed(2)}×`;
