/**
 * GitHub's own description of its API (a slice of `@octokit/openapi` 23.0.2, MIT) as a judge of requests and answers, and as the maker of
 * complete answers: whatever the vendor marks as required is filled in around the few members that a test is about.
 */
import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import type { ValidateFunction } from "ajv";
import * as formats from "ajv-formats";
import { member } from "./server.ts";

type Schema = Readonly<Record<string, unknown>>;

interface Operation {
  readonly method: string;
  readonly template: string;
  readonly pattern: RegExp;
  readonly schema: Schema;
  /** Letters outside placeholders: the more, the better a match. */
  readonly fixed: number;
  readonly compiled: Map<string, ValidateFunction | null>;
}

const slice: unknown = JSON.parse(readFileSync(new URL("../fixture/forge/github-slice.json", import.meta.url), "utf8"));
const components = object(member(slice, "components"));

function object(value: unknown): Schema {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function resolve(value: unknown): Schema {
  const found = object(value);
  const reference = found["$ref"];
  if (typeof reference !== "string") return found;
  const [, , kind = "", ...name] = reference.split("/");
  return resolve(member(components[kind], name.join("/")));
}

/** `nullable` beside `$ref`, `enum` or `oneOf` is not understood by JSON Schema; references are made absolute. */
function converted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(converted);
  if (typeof value !== "object" || value === null) return value;
  const made: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    made[key] = key === "$ref" && typeof item === "string" ? item.replace(/^#\//, "gh#/") : converted(item);
  }
  if (made["nullable"] === true && !Array.isArray(made["type"])) {
    const { nullable: _, ...rest } = made;
    return { anyOf: [rest, { type: "null" }] };
  }
  return made;
}

const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true });
const addFormats: unknown = Reflect.get(formats, "default");
if (typeof addFormats === "function") addFormats(ajv);
for (const name of ["timestamp", "repo.nwo", "ssh-key", "int64"]) ajv.addFormat(name, true);
ajv.addSchema({ $id: "gh", components: converted(components) });

const operations: Operation[] = Object.entries(object(member(slice, "paths")))
  .flatMap(([template, methods]) =>
    Object.entries(object(methods)).map(([method, schema]) => ({
      method: method.toUpperCase(),
      template,
      pattern: new RegExp(`^${template.replace(/\{(?:ref|path|basehead)\}/g, "(.+)").replace(/\{\w+\}/g, "([^/]+)")}$`),
      schema: object(schema),
      fixed: template.replace(/\{\w+\}/g, "").length,
      compiled: new Map<string, ValidateFunction | null>(),
    })),
  )
  .toSorted((a, b) => b.fixed - a.fixed);

function find(method: string, path: string): Operation | undefined {
  return operations.find((operation) => operation.method === method && operation.pattern.test(path));
}

function validator(operation: Operation, key: string, schema: unknown): ValidateFunction | null {
  const known = operation.compiled.get(key);
  if (known !== undefined) return known;
  const made = schema === undefined ? null : ajv.compile(object(converted(schema)));
  operation.compiled.set(key, made);
  return made;
}

function faults(validate: ValidateFunction | null, value: unknown, what: string): string[] {
  if (validate === null || validate(value) === true) return [];
  return (validate.errors ?? []).slice(0, 5).map((error) => `${what}${error.instancePath} ${error.message ?? ""}`);
}

const jsonSchema = (value: unknown): unknown => member(member(member(value, "content"), "application/json"), "schema");

export interface Exchange {
  readonly method: string;
  /** Below the API's base. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly request: unknown;
  readonly status: number;
  /** JSON of the answer; undefined when it has none (204, raw contents). */
  readonly answer: unknown;
}

/** What the description objects to, empty when nothing. */
export function objections(exchange: Exchange): string[] {
  const operation = find(exchange.method, exchange.path);
  if (operation === undefined) return [`no such operation: ${exchange.method} ${exchange.path}`];
  return [...requestFaults(operation, exchange), ...queryFaults(operation, exchange), ...answerFaults(operation, exchange)].map(
    (fault) => `${exchange.method} ${exchange.path} ${exchange.status}: ${fault}`,
  );
}

/** Refused requests are a test's own doing: what they send need not be right. */
function requestFaults(operation: Operation, { request, status }: Exchange): string[] {
  const body = resolve(operation.schema["requestBody"]);
  const schema = jsonSchema(body);
  if (schema === undefined) return request === undefined ? [] : ["a body where none is described"];
  if (status === 422 || (request === undefined && body["required"] !== true)) return [];
  // An unknown member is ignored by the server without a word; a client that sends one has a mistake in it.
  const known = object(member(resolve(schema), "properties"));
  const unknown = Object.keys(object(request)).filter((key) => !Object.hasOwn(known, key) && Object.keys(known).length > 0);
  return [
    ...faults(validator(operation, "request", schema), request, "request"),
    ...unknown.map((key) => `request/${key} is unknown`),
  ];
}

function queryFaults(operation: Operation, { query }: Exchange): string[] {
  const parameters = operation.schema["parameters"];
  const known = (Array.isArray(parameters) ? parameters : []).map(resolve).filter((one) => one["in"] === "query");
  return [...new Set(query.keys())]
    .filter((key) => !known.some((one) => one["name"] === key))
    .map((key) => `query \`${key}\` is unknown`);
}

function answerFaults(operation: Operation, { status, answer }: Exchange): string[] {
  const described = member(operation.schema["responses"], String(status));
  // The description leaves these out of many writes.
  if (described === undefined)
    return [401, 403, 404].includes(status) || status >= 429 ? [] : [`status ${status} is not described`];
  if (answer === undefined) return [];
  return faults(validator(operation, String(status), jsonSchema(resolve(described))), answer, "answer");
}

/** `known` with everything added that the description requires of the answer. `template` is the path as the description has it. */
export function filled(method: string, template: string, status: number, known: unknown): unknown {
  const operation = operations.find((one) => one.method === method && one.template === template);
  if (operation === undefined) throw new Error(`no such operation: ${method} ${template}`);
  return fill(jsonSchema(resolve(member(operation.schema["responses"], String(status)))), known, 0);
}

function fill(from: unknown, known: unknown, depth: number): unknown {
  const schema = resolve(from);
  if (known === null) return null;
  const choices = ["oneOf", "anyOf", "allOf"].flatMap((word) => (Array.isArray(schema[word]) ? schema[word] : []));
  if (choices.length > 0) return fill(choices[0], known, depth);
  if (Array.isArray(known)) return known.map((item) => fill(schema["items"], item, depth + 1));
  const properties = object(schema["properties"]);
  if (known === undefined && schema["nullable"] === true) return null;
  if (schema["type"] === "object" || Object.keys(properties).length > 0) {
    if (known !== undefined && (typeof known !== "object" || known === null)) return known;
    const given = object(known);
    const required = Array.isArray(schema["required"]) ? schema["required"].map(String) : [];
    const made: Record<string, unknown> = { ...given };
    if (depth > 8) return made;
    for (const key of new Set([...required, ...Object.keys(given)])) made[key] = fill(properties[key], given[key], depth + 1);
    return made;
  }
  return known ?? sample(schema);
}

function sample(schema: Schema): unknown {
  const words = schema["enum"];
  if (Array.isArray(words)) return words[0];
  switch (schema["type"]) {
    case "integer":
    case "number":
      return 1;
    case "boolean":
      return false;
    case "array":
      return [];
    case "string":
      if (schema["format"] === "uri") return "https://api.github.com/";
      if (schema["format"] === "date-time") return "2026-01-01T00:00:00Z";
      return "";
    default:
      return {};
  }
}
