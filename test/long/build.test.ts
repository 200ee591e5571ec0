/** Executables for other platforms, made here: `npm run test:long`. The runtimes come from the registry. */
import { expect, test } from "bun:test";
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { runtime } from "../../scripts/build/runtime.ts";
import { fileName, targets } from "../../scripts/build/target.ts";
import { unless } from "../support/skip.ts";

const root = join(import.meta.dir, "..", "..");
const wanted = targets.filter((target) => ["linux-arm64", "darwin-arm64", "windows-x64-baseline"].includes(target.name));
const missing = await Promise.all(wanted.map(runtime)).then(
  () => undefined,
  (error: unknown) => `a runtime could not be fetched: ${String(error)}`,
);

/** First bytes, and where the processor stands. */
const kinds: Readonly<Record<string, (head: Buffer) => boolean>> = {
  // ELF, AArch64.
  "linux-arm64": (head) => head.readUInt32BE(0) === 0x7f_45_4c_46 && head.readUInt16LE(18) === 183,
  // Mach-O of 64 bits, ARM64.
  "darwin-arm64": (head) => head.readUInt32LE(0) === 0xfe_ed_fa_cf && head.readUInt32LE(4) === 0x01_00_00_0c,
  // PE, x86-64.
  "windows-x64-baseline": (head) =>
    head.toString("latin1", 0, 2) === "MZ" && head.readUInt16LE(head.readUInt32LE(60) + 4) === 0x86_64,
};

unless(missing)(
  "scripts/build.ts makes each platform's executable, and sums that hold",
  async () => {
    const build = Bun.spawnSync(
      [process.execPath, "scripts/build.ts", ...wanted.flatMap((target) => ["--target", target.name])],
      {
        cwd: root,
        stderr: "pipe",
      },
    );
    expect(build.stderr.toString()).toBe("");
    const sums = await readFile(join(root, "dist", "SHA256SUMS"), "utf8");
    for (const target of wanted) {
      const path = join(root, "dist", fileName(target));
      const file = await open(path);
      const head = Buffer.alloc(4096);
      await file.read(head, 0, head.length, 0);
      await file.close();
      expect([target.name, kinds[target.name]?.(head)]).toEqual([target.name, true]);
      const sum = new Bun.CryptoHasher("sha256").update(await Bun.file(path).bytes()).digest("hex");
      expect(sums).toContain(`${sum}  ${fileName(target)}\n`);
    }
  },
  600_000,
);

test("the table names eight platforms, each once, and what install.sh asks for", async () => {
  expect(new Set(targets.map((target) => target.name)).size).toBe(8);
  const script = await readFile(join(root, "scripts", "install.sh"), "utf8");
  for (const word of ["windows-arm64", "windows-x64-baseline", "darwin-x64", "darwin-arm64"]) {
    expect(script).toContain(word);
    expect(targets.some((target) => target.name === word)).toBe(true);
  }
});
