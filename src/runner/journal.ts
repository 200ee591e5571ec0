import type { Files } from "../host/host.ts";

/** What was about to be made; written before it is. */
export interface Intent {
  readonly token: string;
  readonly name: string;
  readonly cloud: string;
  readonly region: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly expiresAt: number;
}

/** What this machine's launches began: tells a person what to look for. `gc` does without, the tags of the machines suffice. */
export interface Journal {
  intent(intent: Intent): Promise<void>;
  /** Nothing of the attempt exists any more. */
  tombstone(token: string): Promise<void>;
  /** Intents without a tombstone, oldest first. */
  open(): Promise<Intent[]>;
}

/** One JSON object a line, appended; a torn last line is passed over. */
export function fileJournal(file: Files, path: string): Journal {
  return {
    intent: (intent) => file.append(path, `${JSON.stringify({ event: "intent", ...intent })}\n`),
    tombstone: (token) => file.append(path, `${JSON.stringify({ event: "gone", token })}\n`),
    async open() {
      const found = new Map<string, Intent>();
      for (const line of ((await file.readText(path)) ?? "").split("\n")) {
        const entry = parse(line);
        if (entry === null) continue;
        if (entry.intent === null) found.delete(entry.token);
        else found.set(entry.token, entry.intent);
      }
      return [...found.values()];
    },
  };
}

function parse(line: string): { readonly token: string; readonly intent: Intent | null } | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  const token = text(value, "token");
  if (token === "") return null;
  if (text(value, "event") === "gone") return { token, intent: null };
  const intent = {
    token,
    name: text(value, "name"),
    cloud: text(value, "cloud"),
    region: text(value, "region"),
    at: number(value, "at"),
    expiresAt: number(value, "expiresAt"),
  };
  return { token, intent };
}

function text(value: unknown, key: string): string {
  const found: unknown = typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
  return typeof found === "string" ? found : "";
}

function number(value: unknown, key: string): number {
  const found: unknown = typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
  return typeof found === "number" ? found : 0;
}
