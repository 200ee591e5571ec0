import { describe, expect, test } from "bun:test";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfm } from "micromark-extension-gfm";
import { gfmFromMarkdown } from "mdast-util-gfm";
import { toBody } from "../../../src/report/body.ts";
import { compose, slotsOf } from "../../../src/report/compose.ts";
import { toPage } from "../../../src/report/page.ts";
import { toTerminal } from "../../../src/report/terminal.ts";
import { toJson, toJunit } from "../../../src/report/record.ts";
import { metric, plot, report } from "./sample.ts";

const names = [
  "a|b",
  "line\nbreak",
  "@octocat",
  "<img src=x onerror=alert(1)>",
  "</script><script>alert(1)</script>",
  "`code` and ``more``",
  "[link](https://evil.example)",
  "![pixel](https://evil.example/x.png)",
  "#12 GH-12 o/r#3 ABC-12",
  "https://evil.example/?q=1",
  "**bold** _em_ ~~gone~~",
  "</details></summary>",
  "<!-- cml:metrics -->",
  '[cml-sticky]: <#v1> "key=x"',
  "\u202Egnp.exe",
  "\u0000\u001b[31mred\u001b[0m",
  "- item",
  "# heading",
  "| --- |",
  "$x$ $$y$$",
  "a".repeat(5000),
  "\ud800",
  "",
];

function hostile(name: string) {
  return report(
    {
      metrics: [metric(name, 1.5, 2.5, `${name}.json`), metric(`${name}_loss`, name, `${name}!`)],
      params: [{ file: name, name, old: name, new: `${name}x` }],
      data: [{ kind: "renamed", path: name, from: `${name}.old`, oldSizeBytes: 1, newSizeBytes: 1, oldFiles: 1, newFiles: 1 }],
      plots: [{ ...plot(name), spec: { description: name, mark: "line" } }],
      images: [{ path: `${name}.png`, mediaType: "image/png", old: null, new: new Uint8Array([1]), changed: true }],
      problems: [{ file: name, line: 3, revision: name, message: name }],
    },
    [],
    { title: name, notes: [name], warnings: [name] },
  );
}

interface Node {
  readonly type: string;
  readonly url?: string;
  readonly value?: string;
  readonly children?: readonly Node[];
}

function* walk(node: Node): Iterable<Node> {
  yield node;
  for (const child of node.children ?? []) yield* walk(child);
}

describe.each(names)("a name from a file: %j", (name) => {
  const made = hostile(name);

  test("is inert in Markdown: no link, image, heading, mention or HTML of its own", () => {
    const text = toBody(made, {
      prose: null,
      ability: { alerts: true, details: true },
      picture: (slot) => `https://forge.example/${slot}`,
    });
    const tree: Node = fromMarkdown(text, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] });
    const nodes = [...walk(tree)];
    for (const node of nodes) {
      if (node.type === "link" || node.type === "image" || node.type === "definition")
        expect(node.url).toStartWith("https://forge.example/");
      if (node.type === "html") expect(node.value ?? "").toMatch(/^<\/?(?:details|summary|sub|code)\b/);
    }
    const prose = nodes.filter((node) => node.type === "text").map((node) => node.value ?? "");
    for (const words of prose) expect(words).not.toMatch(/(?:^|[^\w\u2060])@\w|(?:^|\s)#\d/);
    expect(text.match(/^\[cml-sticky\]/gm)).toBeNull();
    expect(nodes.filter((node) => node.type === "heading").length).toBeLessThanOrEqual(1);
    for (const table of nodes.filter((node) => node.type === "table")) {
      const widths = new Set((table.children ?? []).map((row) => row.children?.length));
      expect(widths.size).toBe(1);
    }
  });

  test("is inert in the page: nothing but our own elements and one script", () => {
    const page = toPage({
      title: name,
      subject: name,
      parts: compose(made, { form: "page", foldedRows: 100 }),
      slots: slotsOf(made),
      prose: null,
      stills: new Map(),
      embed: "globalThis.cmlEmbed = null;",
    });
    expect(page).not.toMatch(/<img src=x|<script>alert/);
    expect(page.match(/<script\b/g)?.length).toBe(page.match(/<\/script>/g)?.length);
    expect(page.match(/<script>/g)).toHaveLength(1);
    const data = /<script type="application\/json">([\s\S]*?)<\/script>/.exec(page)?.[1] ?? "";
    expect(JSON.parse(data)).toEqual(JSON.parse(JSON.stringify({ description: name, mark: "line" })));
  });

  test("cannot steer a terminal, and is one line of it", () => {
    const text = toTerminal(compose(made, { form: "terminal", foldedRows: 100 }), { color: false, width: 80 });
    // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
  });

  test("keeps JSON and JUnit well formed", () => {
    const value: unknown = JSON.parse(toJson(made));
    expect(value).toMatchObject({ version: 1, command: "report" });
    expect(toJunit(made)).toStartWith("<?xml");
  });
});

test("10,000 keys make a report of bounded size", () => {
  const metrics = Array.from({ length: 10_000 }, (_, index) => metric(`group.key_${index}`, index, index + 1));
  const made = report({ metrics });
  const text = toBody(made, { prose: null, ability: { alerts: true, details: true }, picture: () => null });
  expect(text.length).toBeLessThan(60_000);
  expect(text).toContain("further metrics are in the full report.");
});
