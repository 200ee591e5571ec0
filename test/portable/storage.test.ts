/** Cloud stores from the same sources under Bun and under Deno; this file itself runs under both. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { ossFake } from "../fake/oss.ts";
import { cml, finished, inFolder, names } from "./program.ts";

const account = { bucket: "portable", region: "cn-hangzhou", id: "LTAI5example", secret: "oss-secret-example" };

void test("what one runtime pushes to a bucket the other pulls, in one piece and in parts", async () => {
  const fake = await ossFake(account);
  try {
    for (const [index, pusher] of names.entries())
      await inFolder(async (cwd) => {
        const puller = names[1 - index] ?? "Bun";
        fake.objects.clear();
        const contents = { "small.txt": Buffer.from("small\n"), "large.bin": Buffer.alloc(33 * 1024 * 1024, index + 1) };
        assert.equal((await finished("git", ["init", "-q", "."], { cwd })).code, 0);
        await mkdir(join(cwd, ".dvc"));
        await writeFile(
          join(cwd, ".dvc", "config"),
          `[core]\n    remote = r\n['remote "r"']\n    url = oss://portable/dvc\n    oss_endpoint = ${fake.url}\n`,
        );
        for (const [name, bytes] of Object.entries(contents)) {
          const md5 = createHash("md5").update(bytes).digest("hex");
          await writeFile(join(cwd, name), bytes);
          await writeFile(
            join(cwd, `${name}.dvc`),
            `outs:\n- md5: ${md5}\n  size: ${bytes.length}\n  hash: md5\n  path: ${name}\n`,
          );
          const folder = join(cwd, ".dvc", "cache", "files", "md5", md5.slice(0, 2));
          await mkdir(folder, { recursive: true });
          await writeFile(join(folder, md5.slice(2)), bytes);
        }
        const env = { OSS_ACCESS_KEY_ID: account.id, OSS_ACCESS_KEY_SECRET: account.secret, OSS_REGION: account.region };
        const pushed = await cml(pusher, ["push"], { cwd, env });
        assert.equal(pushed.code, 0, pushed.stderr);
        assert.equal(fake.objects.size, 2);
        for (const name of [...Object.keys(contents), ".dvc/cache"]) await rm(join(cwd, name), { recursive: true });
        const pulled = await cml(puller, ["pull"], { cwd, env });
        assert.equal(pulled.code, 0, pulled.stderr);
        for (const [name, bytes] of Object.entries(contents)) assert.ok(bytes.equals(await readFile(join(cwd, name))), name);
      });
  } finally {
    await fake.close();
  }
});
