/** Each `--json` answer against its schema in docs/schema. */
import { describe, expect, test } from "bun:test";
import Ajv2020 from "ajv/dist/2020.js";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { restoreChurn } from "../support/churn.ts";
import { run } from "../support/run.ts";

const folder = join(import.meta.dir, "..", "..", "docs", "schema");
const ajv = new Ajv2020({ strict: false });

async function check(name: string, text: string): Promise<void> {
  const validate = ajv.compile(await Bun.file(join(folder, `${name}.json`)).json());
  validate(JSON.parse(text));
  expect(validate.errors ?? []).toEqual([]);
}

describe("docs/schema", () => {
  test("every schema is one, and has the four fields of an envelope", async () => {
    for (const file of await readdir(folder)) {
      const schema = await Bun.file(join(folder, file)).json();
      expect(ajv.validateSchema(schema)).toBe(true);
      expect(schema.required).toEqual(expect.arrayContaining(["version", "command", "result", "warnings"]));
    }
  });

  test("cml version", async () => check("version", (await run(["version", "--json"])).stdout));
  test("cml link", async () => check("link", (await run(["link", "bin", "--json", "--dry-run"])).stdout));
  test("cml pull, cml push", async () => {
    const { repo } = await restoreChurn();
    const pulled = await run(["pull", "--json"], { cwd: repo });
    expect(pulled.code).toBe(0);
    await check("pull", pulled.stdout);
    await check("push", (await run(["push", "--json"], { cwd: repo })).stdout);
  });
  test("a wrong answer is found", async () => {
    await expect(check("version", '{"version":1,"command":"link","result":{},"warnings":[]}')).rejects.toThrow();
  });
});
