import type { Ignore } from "ignore";
import { within } from "./path.ts";

interface Layer {
  readonly folder: string;
  /** Shown in messages. */
  readonly file: string;
  readonly matcher: Ignore;
}

/** Why something is ignored: file, line, pattern. */
export interface IgnoredBy {
  readonly file: string;
  readonly line: number;
  readonly pattern: string;
}

/** Patterns of `.dvcignore` or `.gitignore` files from the top down to some folder; those of the innermost file count most. */
export class IgnoreRules {
  static readonly none = new IgnoreRules([]);
  readonly #layers: readonly Layer[];

  private constructor(layers: readonly Layer[]) {
    this.#layers = layers;
  }

  /** These rules and those of the file `file` that lies in (or counts from) `folder`. `strip`: DVC takes spaces off both ends of a line. */
  async with(folder: string, file: string, text: string, options: { strip: boolean }): Promise<IgnoreRules> {
    const { default: ignore } = await import("ignore");
    const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/);
    const patterns = lines.map((line, index) => ({ pattern: options.strip ? line.trim() : line, mark: String(index + 1) }));
    const matcher = ignore({ ignorecase: false }).add(patterns.filter(({ pattern }) => pattern !== ""));
    return new IgnoreRules([...this.#layers, { folder, file, matcher }]);
  }

  isIgnored(path: string, kind: "file" | "folder"): boolean {
    return this.ignoredBy(path, kind) !== null;
  }

  /** Null when it is not ignored. What lies in an ignored folder is ignored, whatever else is said of it. */
  ignoredBy(path: string, kind: "file" | "folder"): IgnoredBy | null {
    if (this.#layers.length === 0) return null;
    for (let slash = path.indexOf("/"); slash >= 0; slash = path.indexOf("/", slash + 1)) {
      const found = this.#judge(path.slice(0, slash), "folder");
      if (found !== null) return found;
    }
    return this.#judge(path, kind);
  }

  #judge(path: string, kind: "file" | "folder"): IgnoredBy | null {
    for (const { folder, file, matcher } of this.#layers.toReversed()) {
      const inner = within(folder, path);
      if (inner === null || inner === "") continue;
      const { ignored, unignored, rule } = matcher.test(kind === "folder" ? `${inner}/` : inner);
      if (ignored) return { file, line: Number(rule?.mark ?? 0), pattern: rule?.pattern ?? "" };
      if (unignored) return null;
    }
    return null;
  }
}
