import { describe, expect, test } from "bun:test";
import { outputsOf, writeOutputs } from "../../../src/report/output.ts";
import { parseMinChange, readSettings } from "../../../src/report/settings.ts";
import { testHost } from "../../support/memory-host.ts";
import { metric, report } from "./sample.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("outputs of the CI", () => {
  const made = report({ metrics: [metric("x\nurl=evil/loss", 0.5, 0.9), metric("acc", 0.5, 0.4)] }, ["acc >= 0.9"]);

  test("are one line each, whatever a metric is called", async () => {
    const { host } = await testHost({ env: { GITHUB_ACTIONS: "true", GITHUB_OUTPUT: "output" } });
    await writeOutputs(host, outputsOf(made, "https://forge.example/1", ".cml/report.html"), ".cml");
    const lines = (await Bun.file(`${host.cwd}/output`).text()).trimEnd().split("\n");
    expect(lines.map((line) => line.replace(/=.*/, ""))).toEqual(["verdict", "text", "url", "page", "worse", "failed"]);
    expect(lines).toContain("url=https://forge.example/1");
    expect(lines).toContain('failed=["acc >= 0.9"]');
    expect(lines).toContain('worse=["acc","x\\nurl=evil/loss"]');
  });

  test("are variables of a dotenv file on GitLab", async () => {
    const { host } = await testHost({ env: { GITLAB_CI: "true" } });
    await writeOutputs(host, outputsOf(made, null, null), ".cml");
    expect(await Bun.file(`${host.cwd}/.cml/report.env`).text()).toStartWith("CML_REPORT_VERDICT=failed\nCML_REPORT_TEXT=");
  });
});

describe("cml.yaml", () => {
  test("readSettings() takes one text for a list, and an empty file for none", async () => {
    expect(await readSettings(null)).toEqual({});
    expect(await readSettings(bytes("# nothing\n"))).toEqual({});
    expect(await readSettings(bytes("metrics: a.json\ngates: [a > 1]\nto: [pr, 'md:r.md']\n"))).toEqual({
      metrics: ["a.json"],
      gates: ["a > 1"],
      to: ["pr", "md:r.md"],
    });
  });

  test.each([
    ["gates: {a: 1}\n", "cml.yaml: `gates`"],
    ["nonsense: 1\n", "cml.yaml: unknown setting `nonsense`"],
    ["a: [\n", "cml.yaml"],
    ["directions: {loss: down}\n", "`directions.loss`"],
    ["accept: [{metric: a}]\n", "accept"],
  ])("readSettings() names what is wrong with %j", async (text, message) => {
    expect(readSettings(bytes(text))).rejects.toThrow(message);
  });

  test("parseMinChange() reads per cent and shares, and nothing else", () => {
    expect([parseMinChange("0.1%"), parseMinChange("0.001"), parseMinChange(0.5), parseMinChange(undefined)]).toEqual([
      0.001,
      0.001,
      0.5,
      undefined,
    ]);
    for (const wrong of ["-1%", "much", "1 pt", ""]) expect(() => parseMinChange(wrong)).toThrow("not a share");
  });
});
