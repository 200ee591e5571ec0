import type { Mapping, Value } from "./value.ts";
import { readLiteral } from "./python-literal.ts";
import { type LogicalLine, type Token, tokenize } from "./python-token.ts";

/**
 * Parameters of a Python file as DVC reads them: assignments of literals at module level, in class bodies (a mapping by class name) and of
 * `self.x` in `__init__`. Everything else is passed over. `InputError` with the line where the source cannot be split into statements.
 */
export function readPython(text: string, what: string): Mapping {
  return readBody(tokenize(text, what), false);
}

function readBody(lines: readonly LogicalLine[], selfOnly: boolean): Map<string, Value> {
  const found = new Map<string, Value>();
  const level = lines[0]?.indent ?? 0;
  for (let index = 0; index < lines.length;) {
    const line = lines[index];
    let end = index + 1;
    while ((lines[end]?.indent ?? -1) > level) end++;
    if (line !== undefined) readLine(line, lines.slice(index + 1, end), selfOnly, found);
    index = end;
  }
  return found;
}

function readLine(line: LogicalLine, block: readonly LogicalLine[], selfOnly: boolean, found: Map<string, Value>): void {
  const [first, second] = line.tokens;
  if (first?.text === "class" && second?.kind === "name") {
    found.set(second.text, readBody(bodyOf(line, block), false));
    return;
  }
  if (first?.text === "def" && second?.text === "__init__") {
    for (const [key, value] of readBody(bodyOf(line, block), true)) found.set(key, value);
    return;
  }
  if (block.length > 0) return;
  for (const statement of split(line.tokens, ";")) readAssignment(statement, selfOnly, found);
}

/** The indented block, or the statements behind the colon of the header. */
function bodyOf(line: LogicalLine, block: readonly LogicalLine[]): readonly LogicalLine[] {
  if (block.length > 0) return block;
  const colon = line.tokens.findIndex((token) => token.depth === 0 && token.text === ":");
  return [{ ...line, tokens: line.tokens.slice(colon + 1) }];
}

function readAssignment(tokens: readonly Token[], selfOnly: boolean, found: Map<string, Value>): void {
  const parts = split(tokens, "=");
  const [left, right] = parts;
  if (parts.length !== 2 || left === undefined || right === undefined) return;
  const [target] = split(left, ":");
  const name = targetName(target ?? [], selfOnly);
  if (name === null) return;
  const value = readLiteral(right);
  if (value !== undefined) found.set(name, value);
}

function targetName(tokens: readonly Token[], selfOnly: boolean): string | null {
  const [first, dot, last] = tokens;
  if (first?.kind !== "name") return null;
  if (tokens.length === 1) return selfOnly ? null : first.text;
  return tokens.length === 3 && first.text === "self" && dot?.text === "." && last?.kind === "name" ? last.text : null;
}

function split(tokens: readonly Token[], operator: string): Token[][] {
  const parts: Token[][] = [[]];
  for (const token of tokens) {
    if (token.depth === 0 && token.kind === "operator" && token.text === operator) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}
