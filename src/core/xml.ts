import { XMLParser } from "fast-xml-parser";
import { IntegrityError } from "./error.ts";

/** An element: its text when it holds nothing else, else its children by name; a list where a name repeats or is named in `lists`. */
export type Xml = string | XmlElement;
export interface XmlElement {
  readonly [name: string]: Xml | readonly Xml[];
}

/**
 * Reads the answer of a server: elements without namespace prefixes, attributes as `@name`, every value as text. Elements named in `lists` are
 * always lists. Document types and their entities are not read. `IntegrityError` when it is no XML; `what` names it.
 */
export function parseXml(text: string, what: string, lists: readonly string[] = []): XmlElement {
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: "@",
    removeNSPrefix: true,
    parseTagValue: false,
    parseAttributeValue: false,
    trimValues: false,
    processEntities: true,
    htmlEntities: true,
    ignoreDeclaration: true,
    isArray: (name) => lists.includes(name),
  });
  if (/<!DOCTYPE/i.test(text)) throw new IntegrityError(`${what}: the answer has a document type`);
  let parsed: unknown;
  try {
    parsed = parser.parse(text, true);
  } catch (cause) {
    throw new IntegrityError(`${what}: the answer is no XML`, { cause });
  }
  if (!isElement(parsed)) throw new IntegrityError(`${what}: the answer is no XML`);
  return parsed;
}

function isElement(value: unknown): value is XmlElement {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A child element; null when it is missing or text. */
export function xmlChild(parent: XmlElement | null, name: string): XmlElement | null {
  const child = parent?.[name];
  return isElement(child) ? child : null;
}

/** Text of a child; null when it is missing. An element with attributes keeps its text under `#text`. */
export function xmlText(parent: XmlElement | null, name: string): string | null {
  const child: unknown = parent?.[name];
  if (typeof child === "string") return child;
  const inner: unknown = isElement(child) ? child["#text"] : undefined;
  return typeof inner === "string" ? inner : null;
}

/** Children of a name, of those that are elements; empty when there is none. */
export function xmlList(parent: XmlElement | null, name: string): XmlElement[] {
  const found = parent?.[name];
  return (Array.isArray(found) ? found : [found]).filter(isElement);
}
