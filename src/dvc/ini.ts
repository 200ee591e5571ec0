import { errorAt } from "../core/place.ts";

export type IniValue = string | readonly string[];

export interface IniSection {
  readonly name: string;
  readonly line: number;
  readonly values: ReadonlyMap<string, { readonly value: IniValue; readonly line: number }>;
  readonly sections: ReadonlyMap<string, IniSection>;
}

interface Draft extends IniSection {
  readonly values: Map<string, { value: IniValue; line: number }>;
  readonly sections: Map<string, Draft>;
}

/**
 * Reads the dialect of DVC's configuration (Python's ConfigObj with lists and `%(name)s`). `#` starts a comment anywhere outside quotes,
 * `;` none; names keep their case. `InputError` with the line for syntax errors, duplicates and unknown interpolations.
 */
export function readIni(text: string, what: string): IniSection {
  return new Reader(text, what).read();
}

class Reader {
  readonly #lines: readonly string[];
  readonly #what: string;
  #index = 0;

  constructor(text: string, what: string) {
    this.#lines = text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/);
    this.#what = what;
  }

  read(): IniSection {
    const root = draft("", 0);
    const path: Draft[] = [root];
    for (; this.#index < this.#lines.length; this.#index++) {
      const line = (this.#lines[this.#index] ?? "").trim();
      if (line === "" || line.startsWith("#")) continue;
      if (line.startsWith("[")) this.#section(line, path);
      else this.#keyword(line, path.at(-1) ?? root);
    }
    this.#interpolate(root, []);
    return root;
  }

  #section(line: string, path: Draft[]): void {
    const match = /^((?:\[\s*)+)("\s*\S.*?\s*"|'\s*\S.*?\s*'|[^'"\s].*?)((?:\s*\])+)\s*(?:#.*)?$/.exec(line);
    if (match === null) this.#fail("not a section header");
    const [, opening = "", written = "", closing = ""] = match;
    const depth = opening.replace(/\s/g, "").length;
    if (closing.replace(/\s/g, "").length !== depth) this.#fail("section header without its closing bracket");
    if (depth > path.length) this.#fail("section nested too deep");
    path.length = depth;
    const parent = path.at(-1);
    const name = /^["']/.test(written) ? written.slice(1, -1) : written;
    if (parent?.sections.has(name) === true || parent?.values.has(name) === true) this.#fail(`duplicate section \`${name}\``);
    const section = draft(name, this.#index + 1);
    parent?.sections.set(name, section);
    path.push(section);
  }

  #keyword(line: string, section: Draft): void {
    const match = /^("[^"]*"|'[^']*'|[^'"=][^=]*?)\s*=\s*(.*)$/.exec(line);
    if (match === null) this.#fail("neither a section nor `key = value`");
    const [, quoted = "", rest = ""] = match;
    const key = /^(["']).*\1$/.test(quoted) ? quoted.slice(1, -1) : quoted;
    if (section.values.has(key) || section.sections.has(key)) this.#fail(`duplicate key \`${key}\``);
    const place = this.#index + 1;
    section.values.set(key, { value: this.#value(rest), line: place });
  }

  #value(text: string): IniValue {
    const triple = text.slice(0, 3);
    if (triple === '"""' || triple === "'''") return this.#multiline(text.slice(3), triple);
    const items: string[] = [];
    let isList = false;
    let rest = text;
    for (;;) {
      const item = this.#item(rest);
      rest = item.rest.trimStart();
      if (item.text !== null) items.push(item.text);
      if (!rest.startsWith(",")) break;
      if (item.text === null && (items.length > 0 || !/^,\s*(?:#.*)?$/.test(rest))) this.#fail("empty item in a list");
      isList = true;
      rest = rest.slice(1).trimStart();
    }
    if (rest !== "" && !rest.startsWith("#")) this.#fail("text after the closing quote");
    return isList ? items : (items[0] ?? "");
  }

  #item(text: string): { text: string | null; rest: string } {
    const quote = text[0];
    if (quote === '"' || quote === "'") {
      const end = text.indexOf(quote, 1);
      if (end < 0) this.#fail("quote without end");
      return { text: text.slice(1, end), rest: text.slice(end + 1) };
    }
    const end = /[,#]/.exec(text)?.index ?? text.length;
    const plain = text.slice(0, end).trimEnd();
    return { text: plain === "" ? null : plain, rest: text.slice(end) };
  }

  #multiline(first: string, triple: string): string {
    const parts: string[] = [];
    let line = first;
    for (;;) {
      const end = line.indexOf(triple);
      if (end >= 0) {
        const rest = line.slice(end + 3).trim();
        if (rest !== "" && !rest.startsWith("#")) this.#fail("text after the closing quotes");
        return [...parts, line.slice(0, end)].join("\n");
      }
      parts.push(line);
      const next = this.#lines[this.#index + 1];
      if (next === undefined) this.#fail("triple quote without end");
      this.#index++;
      line = next;
    }
  }

  /** `%(name)s` is a key of this section or one above; any other `%` is itself. */
  #interpolate(section: Draft, above: readonly Draft[]): void {
    const scope = [section, ...above];
    for (const entry of section.values.values()) {
      const { value, line } = entry;
      entry.value =
        typeof value === "string" ? this.#expand(value, scope, line, 0) : value.map((item) => this.#expand(item, scope, line, 0));
    }
    for (const child of section.sections.values()) this.#interpolate(child, scope);
  }

  #expand(text: string, scope: readonly Draft[], line: number, depth: number): string {
    if (depth > 10) throw errorAt(this.#what, { line }, "interpolation refers to itself");
    return text.replace(/%\(([^)]*)\)s/g, (_, name: string) => {
      const found = scope.map((section) => section.values.get(name)?.value).find((value) => value !== undefined);
      if (typeof found !== "string") throw errorAt(this.#what, { line }, `unknown name in \`%(${name})s\``);
      return this.#expand(found, scope, line, depth + 1);
    });
  }

  #fail(message: string): never {
    throw errorAt(this.#what, { line: this.#index + 1 }, message);
  }
}

function draft(name: string, line: number): Draft {
  return { name, line, values: new Map(), sections: new Map() };
}
