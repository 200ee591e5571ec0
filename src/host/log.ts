import type { Redactor } from "../core/secret.ts";

export const levels = ["error", "warn", "info", "debug"] as const;
export type Level = (typeof levels)[number];

/** What stands below the first line of an error. */
export interface ErrorParts {
  /** Messages of the causes, nearest first. */
  readonly causes?: readonly string[];
  readonly usage?: string | undefined;
  readonly hint?: string | undefined;
  /** Key-values for `--log-format json`. */
  readonly details?: Readonly<Record<string, string | number | boolean | null>>;
}

/** Lines on stderr. Everything passes the redactor. */
export interface Log {
  readonly level: Level;
  error(message: string, parts?: ErrorParts): void;
  warn(message: string): void;
  info(message: string): void;
  debug(message: string): void;
}

export const logFormats = ["text", "json"] as const;
export type LogFormat = (typeof logFormats)[number];

export interface LogOptions {
  readonly level: Level;
  readonly format: LogFormat;
  readonly color: () => boolean;
  readonly now: () => number;
  readonly redactor: Redactor;
  /** On GitHub Actions and its likes, errors and warnings are also workflow commands, which the forge shows beside the run. */
  readonly annotations: boolean;
}

/**
 * Plain lines, because people read CI logs; JSON lines on request. A screenful of our own instead of consola: that prints info on stdout,
 * folds repeated lines, and costs every command a module at its start.
 */
export function createLog(sink: { write(text: string): void }, options: LogOptions): Log {
  const line = (level: Level, message: string, parts: ErrorParts = {}): void => {
    if (levels.indexOf(level) > levels.indexOf(options.level)) return;
    // Before escaping, which would hide a secret with a quote in it from the redactor of the sink.
    const safe = options.redactor.redact(message);
    const safeParts = redacted(parts, options.redactor);
    sink.write(
      options.format === "json" ? jsonLine(level, safe, safeParts, options.now()) : textLines(level, safe, safeParts, options),
    );
  };
  return {
    level: options.level,
    error: (message, parts) => line("error", message, parts),
    warn: (message) => line("warn", message),
    info: (message) => line("info", message),
    debug: (message) => line("debug", message),
  };
}

function redacted(parts: ErrorParts, redactor: Redactor): ErrorParts {
  return {
    ...parts,
    ...(parts.causes === undefined ? {} : { causes: parts.causes.map((cause) => redactor.redact(cause)) }),
    ...(parts.hint === undefined ? {} : { hint: redactor.redact(parts.hint) }),
  };
}

const colors: Readonly<Record<Level, string>> = { error: "31", warn: "33", info: "36", debug: "2" };
const words: Readonly<Record<Level, string>> = { error: "error", warn: "warning", info: "info", debug: "debug" };

function textLines(level: Level, message: string, parts: ErrorParts, options: LogOptions): string {
  const own = (text: string): string => (options.annotations ? disarmed(text) : text);
  const paint = (text: string): string => (options.color() ? `\u001b[${colors[level]}m${text}\u001b[0m` : text);
  const lines = [`${paint(words[level])}: ${own(message)}`, ...(parts.causes ?? []).map((cause) => `  caused by: ${own(cause)}`)];
  const advice = [
    ...(parts.usage === undefined ? [] : [`usage: ${parts.usage}`]),
    ...(parts.hint === undefined ? [] : [`hint: ${own(parts.hint)}`]),
  ];
  if (advice.length > 0) lines.push("", ...advice);
  if (options.annotations && (level === "error" || level === "warn")) {
    const note = [message, ...(parts.hint === undefined ? [] : [`hint: ${parts.hint}`])].join("\n");
    lines.push(`::${words[level]}::${workflowText(options.redactor.redact(note))}`);
  }
  return `${lines.join("\n")}\n`;
}

/** Foreign words with line breaks (a stack, a server's answer) must not begin a workflow command of their own. */
function disarmed(text: string): string {
  return text.replace(/^([ \t]*)(:)(?=:)/gm, "$1$2 ").replace(/^([ \t]*#)(?=#\[)/gm, "$1 ");
}

/** Text of a workflow command: https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands. */
function workflowText(message: string): string {
  return message.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function jsonLine(level: Level, message: string, parts: ErrorParts, now: number): string {
  return `${JSON.stringify({ time: new Date(now).toISOString(), level, message, ...parts })}\n`;
}
