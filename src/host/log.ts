export const levels = ["error", "warn", "info", "debug"] as const;
export type Level = (typeof levels)[number];

/** Lines on stderr. Everything passes the redactor. */
export interface Log {
  readonly level: Level;
  error(message: string): void;
  warn(message: string): void;
  info(message: string): void;
  debug(message: string): void;
}
