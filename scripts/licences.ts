/**
 * Writes THIRD-PARTY-LICENCES.txt: the licence of everything that is inside an executable or the HTML page. Which packages those are is asked of the
 * bundler, so the file follows the imports. `--check` fails when the file is not what would be written.
 */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { bundled } from "./build/compile.ts";

const root = join(import.meta.dir, "..");
const output = join(root, "THIRD-PARTY-LICENCES.txt");

interface Package {
  readonly title: string;
  readonly licence: string;
  readonly text: string;
}

/** `node_modules/a/node_modules/@b/c` of a file's path within it. */
function packageFolder(path: string): string | null {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? null;
}

function describe(folder: string): Package {
  const manifest: unknown = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
  const field = (name: string): string => {
    const value = typeof manifest === "object" && manifest !== null ? Reflect.get(manifest, name) : undefined;
    return typeof value === "string"
      ? value
      : typeof value === "object" && value !== null
        ? String(Reflect.get(value, "name") ?? Reflect.get(value, "url") ?? "")
        : "";
  };
  const licence = field("license") || "see text";
  const files = readdirSync(join(root, folder)).filter((name) => /^(licen[cs]e|copying|notice|unlicense)/i.test(name));
  const texts = files.sort().map((name) => readFileSync(join(root, folder, name), "utf8").trim());
  return {
    title: `${field("name")} ${field("version")}`,
    licence,
    text: texts.join("\n\n") || fallback(licence, field("author"), field("repository")),
  };
}

/** For a package that ships no licence file: the licence it declares, with whom it declares. */
function fallback(licence: string, author: string, repository: string): string {
  const file = join(root, "scripts", "licence", `${licence}.txt`);
  const text = existsSync(file) ? readFileSync(file, "utf8").trim() : `Distributed under the ${licence} licence.`;
  return [`Copyright ${author || "its authors"}${repository === "" ? "" : `, ${repository}`}`, text].join("\n\n");
}

function block(titles: readonly string[], text: string): string {
  return `${"=".repeat(100)}\n${titles.join("\n")}\n${"=".repeat(100)}\n\n${text}\n`;
}

async function compose(): Promise<string> {
  const inputs = await bundled([join(root, "scripts", "page-chart.ts")]);
  const folders = new Set(inputs.flatMap((path) => packageFolder(relative(root, join(root, path))) ?? []));
  // Their code reaches the executable as generated assets, which the bundler does not see.
  folders.add("node_modules/@resvg/resvg-wasm");
  const byText = new Map<string, string[]>();
  for (const each of [...folders].sort().map(describe))
    byText.set(each.text, [...(byText.get(each.text) ?? []), `${each.title} (${each.licence})`]);
  const head = "What the executables of this program and the HTML pages they write contain besides the program itself.\n";
  const font = readFileSync(join(root, "src", "render", "font", "LICENSE"), "utf8").trim();
  return [
    head,
    block(["Bun (MIT and others)"], readFileSync(join(root, "scripts", "licence", "bun.txt"), "utf8").trim()),
    block(["Liberation Sans (SIL Open Font License 1.1)"], font),
    ...[...byText].map(([text, titles]) => block(titles, text)),
  ].join("\n");
}

const text = await compose();
if (!process.argv.includes("--check")) {
  await Bun.write(output, text);
} else if (!existsSync(output) || readFileSync(output, "utf8") !== text) {
  console.error("licences: THIRD-PARTY-LICENCES.txt is not up to date: run `bun scripts/licences.ts`");
  process.exitCode = 1;
}
