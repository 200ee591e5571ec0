import type { Host } from "../host/host.ts";

export interface Progress {
  bytes(count: number): void;
  object(): void;
  end(): void;
}

const plainEveryMs = 5_000;
const terminalEveryMs = 100;

/** One line of progress on stderr: redrawn on a terminal, at most every five seconds elsewhere, nothing where only errors are wanted. */
export function createProgress(host: Host, label: string): Progress {
  const { err, log, clock } = host;
  const isTerminal = err.isTerminal;
  const began = clock.now();
  let last = began;
  let bytes = 0;
  let objects = 0;
  let isDrawn = false;

  function tell(): void {
    const now = clock.now();
    if (log.level === "error" || now - last < (isTerminal ? terminalEveryMs : plainEveryMs)) return;
    last = now;
    const seconds = Math.max(0.1, (now - began) / 1000);
    const text = `${label}: ${objects} ${objects === 1 ? "object" : "objects"}, ${size(bytes)}, ${size(bytes / seconds)}/s`;
    if (!isTerminal) {
      log.info(text);
      return;
    }
    isDrawn = true;
    err.write(`\r\u001b[K${text}`);
  }

  return {
    bytes(count) {
      bytes += count;
      tell();
    },
    object() {
      objects++;
      tell();
    },
    end() {
      if (isDrawn) err.write("\r\u001b[K");
      isDrawn = false;
    },
  };
}

/** `1.5 MB`, in powers of ten. */
export function size(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit] ?? ""}`;
}
