/** What one file imports, and its code with comments and the contents of strings blanked out, at the same offsets. */
export interface Source {
  /** Path within the project, with slashes. */
  readonly path: string;
  readonly imports: readonly Import[];
  readonly code: string;
}

export interface Import {
  readonly specifier: string;
  readonly isDynamic: boolean;
  readonly isTypeOnly: boolean;
  readonly line: number;
}

export interface Reading extends Source {
  /** Lines of `import(…)` whose argument is no literal. */
  readonly computed: readonly number[];
}

export function readSource(path: string, text: string): Reading {
  const code = blank(text);
  const imports: Import[] = [];
  const computed: number[] = [];
  const lineOf = (offset: number): number => text.slice(0, offset).split("\n").length;
  const literal = (offset: number): string | undefined => /^\s*(["'])([^"'\n]*)\1/.exec(text.slice(offset, offset + 1_000))?.[2];
  for (const match of code.matchAll(
    /(?<![.\w$])(import|export)(\s+type)?\b(?!\s*[(.:])([^;"'`()=]*?)(?:\bfrom\b)?\s*(?=["'])/g,
  )) {
    const end = match.index + match[0].length;
    const specifier = literal(end);
    const isStatement = /\bfrom\s*$/.test(match[0]) || (match[1] === "import" && (match[3] ?? "").trim() === "");
    if (specifier === undefined || !isStatement) continue;
    imports.push({ specifier, isDynamic: false, isTypeOnly: match[2] !== undefined, line: lineOf(match.index) });
  }
  for (const match of code.matchAll(/(?<![.\w$])import\s*\(/g)) {
    const specifier = literal(match.index + match[0].length);
    if (specifier === undefined) computed.push(lineOf(match.index));
    else imports.push({ specifier, isDynamic: true, isTypeOnly: false, line: lineOf(match.index) });
  }
  return { path, imports, code, computed };
}

/** Replaces comments and what stands inside quotes, templates and regular expressions by spaces; code inside `${}` stays. */
function blank(text: string): string {
  let out = "";
  let at = 0;
  /** Depth of braces at which each open template goes on. */
  const templates: number[] = [];
  let braces = 0;
  const skip = (pattern: RegExp): void => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0] ?? text.slice(at, at + 1);
    // The quotes themselves stay, so that a literal can be told from an expression.
    const keep = /^["'`]/.test(found) && found.length > 1;
    const inner = (keep ? found.slice(1, -1) : found).replace(/[^\n]/g, " ");
    out += keep ? `${found[0] ?? ""}${inner}${found.at(-1) ?? ""}` : inner;
    at += found.length;
  };
  const template = (): void => {
    while (at < text.length) {
      const char = text[at] ?? "";
      if (char === "`") {
        out += "`";
        at += 1;
        return;
      }
      if (char === "$" && text[at + 1] === "{") {
        templates.push(braces);
        out += "  ";
        at += 2;
        return;
      }
      const width = char === "\\" ? 2 : 1;
      out += text.slice(at, at + width).replace(/[^\n]/g, " ");
      at += width;
    }
  };
  while (at < text.length) {
    const char = text[at] ?? "";
    const pair = text.slice(at, at + 2);
    if (pair === "//") skip(/\/\/[^\n]*/y);
    else if (pair === "/*") skip(/\/\*[\s\S]*?\*\//y);
    else if (char === '"') skip(/"(?:[^"\\\n]|\\.)*"/y);
    else if (char === "'") skip(/'(?:[^'\\\n]|\\.)*'/y);
    else if (char === "`") {
      out += char;
      at += 1;
      template();
    } else if (char === "/" && /(?:^|[=(,;:!&|?{}[\n+>]|\breturn|\bcase)\s*$/.test(out.slice(-40))) {
      skip(/\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y);
    } else {
      if (char === "{") braces += 1;
      if (char === "}") {
        if (templates.at(-1) === braces) {
          templates.pop();
          out += " ";
          at += 1;
          template();
          continue;
        }
        braces -= 1;
      }
      out += char;
      at += 1;
    }
  }
  return out;
}
