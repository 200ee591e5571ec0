/** `cml pull`, `push` and `status` beside the recorded answers of real DVC about the `churn` repository. */
import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expectedFile, restoreChurn, run as git, type Churn } from "../support/churn.ts";
import { objectsOf, recordedObjects, recordedTree, treeOf } from "../support/listing.ts";
import { runBinary, type RunResult } from "../support/run.ts";

const timeoutMs = 60_000;

interface Case {
  /** Recorded answer, without `.txt`. */
  readonly file: string;
  readonly args: readonly string[];
  readonly exit?: number;
  readonly setUp?: (churn: Churn) => Promise<unknown>;
  readonly cwd?: string;
}

/** Runs a case and holds exit, stdout, work tree and cache against what DVC left. */
async function check(churn: Churn, { file, args, exit = 0, cwd }: Case): Promise<RunResult> {
  const result = await runBinary(args, { cwd: cwd === undefined ? churn.repo : join(churn.repo, cwd), timeoutMs });
  // Exit codes are our own; only success and failure agree with DVC's.
  const code = result.code === 0 ? 0 : 1;
  expect({ code, stderr: code === exit ? "" : result.stderr }).toEqual({
    code: exit,
    stderr: "",
  });
  expect(result.stdout).toBe(await readFile(expectedFile(`${file}.txt`), "utf8"));
  const tree = expectedFile(`${file}.tree.tsv`);
  if (existsSync(tree)) expect(await treeOf(churn.repo)).toEqual(await recordedTree(tree));
  const cache = expectedFile(`${file}.cache.tsv`);
  if (existsSync(cache)) expect(await objectsOf(join(churn.repo, ".dvc", "cache"))).toEqual(await recordedObjects(cache));
  return result;
}

function local(text: string): (churn: Churn) => Promise<unknown> {
  return ({ repo, remote }) => writeFile(join(repo, ".dvc", "config.local"), text.replaceAll("$REMOTE", remote));
}

const absolute = local("['remote \"storage\"']\n    url = $REMOTE\n['remote \"store\"']\n    url = $REMOTE\n");
const object = (churn: Churn, hash: string): string => join(churn.remote, "files", "md5", hash.slice(0, 2), hash.slice(2));
const customers = "b050f043dc30a265032473eb1846cd4a";
const entry = "b90a1fdeb09b83e0758bd66f541bd6dd";
const images = "77be223f6a79f718a9ee47f5cc928954.dir";

async function corrupt(churn: Churn, hash: string, mode: number, text = "corrupt bytes\n"): Promise<void> {
  await chmod(object(churn, hash), 0o644);
  await writeFile(object(churn, hash), text);
  await chmod(object(churn, hash), mode);
}

async function edit(churn: Churn, path: string, change: (text: string) => string): Promise<void> {
  await writeFile(join(churn.repo, path), change(await readFile(join(churn.repo, path), "utf8").catch(() => "")));
}

const pulls: readonly Case[] = [
  { file: "pull/target-file", args: ["pull", "data/raw/customers.csv"] },
  { file: "pull/target-dvcfile", args: ["pull", "data/images.dvc"] },
  { file: "pull/target-stage", args: ["pull", "evaluate"] },
  { file: "pull/target-inner", args: ["pull", "data/images/日本語/データ 01.txt"] },
  { file: "pull/target-innerdir", args: ["pull", "data/images/class-1/batch 0"] },
  { file: "pull/target-group", args: ["pull", "slice"] },
  { file: "pull/target-one", args: ["pull", "slice@new"] },
  { file: "pull/target-stagefile", args: ["pull", "dvc.yaml:featurize"] },
  { file: "pull/recursive-dir", args: ["pull", "-R", "data"] },
  { file: "pull/with-deps", args: ["pull", "-d", "featurize"] },
  { file: "pull/two-targets", args: ["pull", "data/raw/customers.csv", "data/images/class-1/batch 0"] },
  { file: "pull/run-cache", args: ["pull", "--run-cache"] },
  { file: "pull/all-branches", args: ["pull", "-a"], setUp: absolute },
  { file: "pull/all-commits", args: ["pull", "-A"], setUp: absolute },
  { file: "pull/dir-not-out", args: ["pull", "data"], exit: 1 },
  { file: "pull/exp-a", args: ["pull"], setUp: ({ repo }) => git(["git", "switch", "-q", "exp-a"], repo) },
  { file: "pull/link-hardlink", args: ["pull"], setUp: local("[cache]\n    type = hardlink\n") },
  { file: "pull/link-symlink", args: ["pull"], setUp: local("[cache]\n    type = symlink\n") },
  {
    file: "pull/cwd-in-subdir",
    args: ["pull", "../data/raw/customers.csv"],
    setUp: ({ repo }) => mkdir(join(repo, "x y")),
    cwd: "x y",
  },
];

describe("pull", () => {
  for (const one of pulls)
    test(
      `as recorded: ${one.file}`,
      async () => {
        const churn = await restoreChurn();
        await one.setUp?.(churn);
        await check(churn, one);
      },
      timeoutMs,
    );

  test(
    "as recorded: status, pull, pull again, and through the branches",
    async () => {
      const churn = await restoreChurn();
      const status = async (file: string, ...args: string[]): Promise<void> => {
        const { stdout } = await runBinary(["status", "--json", ...args], { cwd: churn.repo, timeoutMs });
        expect(JSON.parse(stdout)).toEqual(JSON.parse(await readFile(expectedFile(`pull/${file}.json`), "utf8")));
      };
      await status("before.status");
      await status("before.status-cloud", "-c");
      await check(churn, { file: "pull/full", args: ["pull"] });
      await status("after.status");
      await status("after.status-cloud", "-c");
      await check(churn, { file: "pull/second", args: ["pull"] });
      for (const [branch, file] of [
        ["exp-a", "switch-to-exp-a"],
        ["exp-b", "switch-to-exp-b"],
        ["main", "switch-back"],
      ] as const) {
        await git(["git", "switch", "-q", branch], churn.repo);
        if (branch !== "main") await status(`${file}.status`);
        await check(churn, { file: `pull/${file}`, args: ["pull"] });
      }
    },
    timeoutMs * 2,
  );
});

const failures: readonly Case[] = [
  { file: "errors/missing-loose-object", args: ["pull"], exit: 1, setUp: (churn) => rm(object(churn, customers)) },
  {
    file: "errors/missing-loose-object-allow-missing",
    args: ["pull", "--allow-missing"],
    setUp: (churn) => rm(object(churn, customers)),
  },
  { file: "errors/missing-dir-entry", args: ["pull"], exit: 1, setUp: (churn) => rm(object(churn, entry)) },
  { file: "errors/missing-manifest", args: ["pull"], exit: 1, setUp: (churn) => rm(object(churn, images)) },
  { file: "errors/corrupt-object-0644", args: ["pull"], exit: 1, setUp: (churn) => corrupt(churn, customers, 0o644) },
  {
    file: "errors/corrupt-manifest",
    args: ["pull", "data/images"],
    exit: 1,
    setUp: (churn) => corrupt(churn, images, 0o444, "[{not json"),
  },
  { file: "errors/no-remote-pull", args: ["pull"], exit: 1, setUp: ({ repo }) => writeFile(join(repo, ".dvc", "config"), "") },
  { file: "errors/unknown-remote-pull", args: ["pull", "-r", "nosuch"], exit: 1 },
  { file: "errors/unknown-remote-push", args: ["push", "-r", "nosuch"], exit: 1 },
  { file: "errors/remote-folder-gone", args: ["pull"], exit: 1, setUp: ({ remote }) => rm(remote, { recursive: true }) },
  { file: "errors/target-not-found", args: ["pull", "nope"], exit: 1 },
  { file: "errors/target-dvc-missing", args: ["pull", "ghost.dvc"], exit: 1 },
  { file: "errors/target-lock", args: ["pull", "dvc.lock"], exit: 1 },
  { file: "errors/target-stage-missing", args: ["pull", "dvc.yaml:nostage"], exit: 1 },
  { file: "errors/glob-no-match", args: ["pull", "--glob", "zz*"], exit: 1 },
  {
    file: "errors/dvcyaml-bad-yaml",
    args: ["pull"],
    exit: 1,
    setUp: (churn) => edit(churn, "dvc.yaml", (text) => `${text}\nx: [1,\n`),
  },
  {
    file: "errors/dvcyaml-bad-yaml-target",
    args: ["pull", "data/raw/customers.csv.dvc"],
    setUp: (churn) => edit(churn, "dvc.yaml", (text) => `${text}\nx: [1,\n`),
  },
  {
    file: "errors/lock-bad-schema",
    args: ["pull"],
    exit: 1,
    setUp: (churn) => edit(churn, "dvc.lock", (text) => text.replace("'2.0'", "'9.9'")),
  },
  { file: "errors/lock-missing", args: ["pull"], exit: 1, setUp: ({ repo }) => rm(join(repo, "dvc.lock")) },
  {
    file: "errors/merge-conflict",
    args: ["pull"],
    exit: 1,
    setUp: (churn) => edit(churn, "data/raw/customers.csv.dvc", (text) => `<<<<<<< HEAD\n${text}=======\n${text}>>>>>>> x\n`),
  },
  {
    file: "errors/gitignored-dvcfile",
    args: ["pull", "data/raw/customers.csv.dvc"],
    exit: 1,
    setUp: (churn) => edit(churn, ".gitignore", (text) => `${text}\n/data/raw/customers.csv.dvc\n`),
  },
  {
    file: "errors/gitignored-dvcfile-full",
    args: ["pull"],
    setUp: (churn) => edit(churn, ".gitignore", (text) => `${text}\n/data/raw/customers.csv.dvc\n`),
  },
];

describe("pull that fails as DVC's does", () => {
  for (const one of failures)
    test(
      `as recorded: ${one.file}`,
      async () => {
        const churn = await restoreChurn();
        await one.setUp?.(churn);
        await check(churn, one);
      },
      timeoutMs,
    );
});

describe("pull does better than DVC", () => {
  test(
    "damaged objects never reach the work tree, and the remote is not touched",
    async () => {
      for (const hash of [customers, entry]) {
        const churn = await restoreChurn();
        await corrupt(churn, hash, 0o444);
        const before = await objectsOf(churn.remote);
        const result = await runBinary(["pull"], { cwd: churn.repo, timeoutMs });
        expect(result.code).toBe(1);
        expect(result.stderr).toContain("is damaged");
        expect(result.stderr).toContain(hash.slice(2));
        expect((await treeOf(churn.repo)).filter((row) => row.includes(md5("corrupt bytes\n")))).toEqual([]);
        expect(await objectsOf(churn.remote)).toEqual(before);
      }
    },
    timeoutMs,
  );

  test(
    "a manifest cannot write outside of its folder",
    async () => {
      const churn = await restoreChurn();
      const text = `[{"md5": "${entry}", "relpath": "../../escaped.txt"}]`;
      const hash = `${md5(text)}.dir`;
      await mkdir(join(churn.remote, "files", "md5", hash.slice(0, 2)), { recursive: true });
      await writeFile(object(churn, hash), text);
      await edit(churn, "data/images.dvc", (yaml) => yaml.replace(images, hash));
      const result = await runBinary(["pull", "data/images"], { cwd: churn.repo, timeoutMs });
      expect(result.code).toBe(1);
      expect(result.stderr).toContain("outside of its folder");
      expect(await readdir(churn.repo)).not.toContain("escaped.txt");
    },
    timeoutMs,
  );

  test(
    "a path that is not in a tracked folder is an error",
    async () => {
      const churn = await restoreChurn();
      const result = await runBinary(["pull", "data/images/no-such.bin"], { cwd: churn.repo, timeoutMs });
      expect(result.code).toBe(1);
      expect(result.stderr).toContain("`data/images/no-such.bin` is not in the tracked folder");
    },
    timeoutMs,
  );

  test(
    "a damaged object in the cache is fetched anew",
    async () => {
      const churn = await restoreChurn();
      expect((await runBinary(["pull", "data/raw/customers.csv"], { cwd: churn.repo, timeoutMs })).code).toBe(0);
      const cached = join(churn.repo, ".dvc", "cache", "files", "md5", customers.slice(0, 2), customers.slice(2));
      await chmod(cached, 0o644);
      await writeFile(cached, "damaged");
      await chmod(cached, 0o444);
      await rm(join(churn.repo, "data", "raw", "customers.csv"));
      const again = await runBinary(["pull", "data/raw/customers.csv"], { cwd: churn.repo, timeoutMs });
      expect({ ...again, stdout: again.stdout }).toEqual({
        code: 0,
        stdout: "A       data/raw/customers.csv\n1 file fetched and 1 file added\n",
        stderr: "",
      });
    },
    timeoutMs,
  );

  test(
    "--no-cache leaves the same work tree and no cache",
    async () => {
      const churn = await restoreChurn();
      const result = await runBinary(["pull", "--no-cache"], { cwd: churn.repo, timeoutMs });
      expect({ code: result.code, stderr: result.stderr }).toEqual({ code: 0, stderr: "" });
      expect(await treeOf(churn.repo)).toEqual(await recordedTree(expectedFile("pull/full.tree.tsv")));
      expect(await objectsOf(join(churn.repo, ".dvc", "cache"))).toEqual([]);
      expect((await runBinary(["pull", "--no-cache"], { cwd: churn.repo, timeoutMs })).stdout).toBe(
        "Everything is up to date.\n",
      );
      await git(["git", "switch", "-q", "exp-a"], churn.repo);
      const other = await runBinary(["pull", "--no-cache"], { cwd: churn.repo, timeoutMs });
      expect(other.code).toBe(0);
      expect(await treeOf(churn.repo)).toEqual(await recordedTree(expectedFile("pull/switch-to-exp-a.tree.tsv")));
    },
    timeoutMs,
  );

  test(
    "--for report brings metrics and plots only",
    async () => {
      const churn = await restoreChurn();
      const { stdout, code } = await runBinary(["pull", "--for", "report", "--json"], { cwd: churn.repo, timeoutMs });
      expect(code).toBe(0);
      const { result } = JSON.parse(stdout);
      const paths = result.changes.map(({ path }: { path: string }) => path);
      expect(paths).toContain("reports/confusion.csv");
      expect(paths).not.toContain("data/images");
      expect(result.bytes).toBeGreaterThan(0);
      expect(result.requests).toBeGreaterThan(0);
    },
    timeoutMs,
  );
});

describe("pull guards what is saved nowhere", () => {
  const guarded: readonly { name: string; change: (churn: Churn) => Promise<unknown>; path: string; forced: string }[] = [
    {
      name: "an edited file",
      change: (churn) => writeFile(join(churn.repo, "data", "raw", "customers.csv"), "edited\n"),
      path: "data/raw/customers.csv",
      forced: "M       data/raw/customers.csv\n1 file modified\n",
    },
    {
      name: "an own file in a tracked folder",
      change: (churn) => writeFile(join(churn.repo, "data", "images", "mine.txt"), "mine\n"),
      path: "data/images/mine.txt",
      forced: "M       data/images/\n1 file deleted\n",
    },
  ];
  for (const { name, change, path, forced } of guarded)
    test(
      name,
      async () => {
        const churn = await restoreChurn();
        expect((await runBinary(["pull"], { cwd: churn.repo, timeoutMs })).code).toBe(0);
        await change(churn);
        const before = await treeOf(churn.repo);
        const refused = await runBinary(["pull"], { cwd: churn.repo, timeoutMs });
        expect(refused.code).toBe(1);
        expect(refused.stderr).toContain(join(churn.repo, path));
        expect(await treeOf(churn.repo)).toEqual(before);
        expect((await runBinary(["pull", "-f"], { cwd: churn.repo, timeoutMs })).stdout).toBe(forced);
      },
      timeoutMs,
    );

  test(
    "a file where a folder belongs, and a folder where a file belongs",
    async () => {
      const churn = await restoreChurn();
      await writeFile(join(churn.repo, "data", "images"), "a plain file\n");
      await mkdir(join(churn.repo, "data", "raw", "customers.csv"));
      await writeFile(join(churn.repo, "data", "raw", "customers.csv", "x"), "x\n");
      const refused = await runBinary(["pull"], { cwd: churn.repo, timeoutMs });
      expect(refused.stderr).toContain(`${join(churn.repo, "data", "images")}\n`);
      expect(refused.stderr).toContain(join(churn.repo, "data", "raw", "customers.csv", "x"));
      expect((await runBinary(["pull", "-f"], { cwd: churn.repo, timeoutMs })).code).toBe(0);
      expect(await treeOf(churn.repo)).toEqual(await recordedTree(expectedFile("pull/full.tree.tsv")));
    },
    timeoutMs,
  );

  test(
    "a file that .dvcignore names is neither in the way nor removed",
    async () => {
      const churn = await restoreChurn();
      expect((await runBinary(["pull"], { cwd: churn.repo, timeoutMs })).code).toBe(0);
      await writeFile(join(churn.repo, ".dvcignore"), "*.swp\n");
      await writeFile(join(churn.repo, "data", "images", "mine.swp"), "mine\n");
      expect((await runBinary(["pull"], { cwd: churn.repo, timeoutMs })).stdout).toBe("Everything is up to date.\n");
      expect(await readFile(join(churn.repo, "data", "images", "mine.swp"), "utf8")).toBe("mine\n");
    },
    timeoutMs,
  );

  test(
    "a broken link is replaced",
    async () => {
      const churn = await restoreChurn();
      await mkdir(join(churn.repo, "data", "raw"), { recursive: true });
      await symlink("nowhere", join(churn.repo, "data", "raw", "customers.csv"));
      const result = await runBinary(["pull", "data/raw/customers.csv"], { cwd: churn.repo, timeoutMs });
      expect(result.stdout).toBe("M       data/raw/customers.csv\n1 file fetched and 1 file modified\n");
    },
    timeoutMs,
  );
});

describe("push", () => {
  test(
    "as recorded: to an empty remote, again, and with the run-cache",
    async () => {
      const churn = await restoreChurn();
      const empty = join(churn.folder, "empty");
      await writeFile(join(churn.repo, ".dvc", "config.local"), `['remote "empty"']\n    url = ${empty}\n`);
      expect((await runBinary(["pull", "--run-cache"], { cwd: churn.repo, timeoutMs })).code).toBe(0);
      for (const [file, ...args] of [
        ["push/to-empty", "push", "-r", "empty"],
        ["push/to-empty-again", "push", "-r", "empty"],
        ["push/to-empty-run-cache", "push", "-r", "empty", "--run-cache"],
      ] as const) {
        await check(churn, { file, args });
        const objects = expectedFile(`${file}.remote.tsv`);
        if (existsSync(objects)) expect(await objectsOf(empty)).toEqual(await recordedObjects(objects));
      }
    },
    timeoutMs,
  );

  test(
    "as recorded: from a fresh clone, and of a changed work tree",
    async () => {
      const churn = await restoreChurn();
      await check(churn, { file: "push/fresh-clone", args: ["push"] });
      await runBinary(["pull"], { cwd: churn.repo, timeoutMs });
      await writeFile(join(churn.repo, "data", "raw", "customers.csv"), "changed\n");
      await check(churn, { file: "push/modified-workspace", args: ["push"] });
      const gone = await restoreChurn();
      await rename(gone.remote, `${gone.remote}-away`);
      const result = await check(gone, { file: "push/fresh-clone-empty-remote", args: ["push"] });
      expect(result.stderr).toContain(`md5: ${customers}`);
    },
    timeoutMs,
  );

  test(
    "the list of a folder is not sent when one of its files is missing",
    async () => {
      const churn = await restoreChurn();
      const empty = join(churn.folder, "empty");
      await writeFile(join(churn.repo, ".dvc", "config.local"), `['remote "empty"']\n    url = ${empty}\n`);
      await runBinary(["pull"], { cwd: churn.repo, timeoutMs });
      await rm(join(churn.repo, ".dvc", "cache", "files", "md5", entry.slice(0, 2), entry.slice(2)));
      const part = await runBinary(["push", "-r", "empty", "data/images/class-1/batch 1"], { cwd: churn.repo, timeoutMs });
      expect(part.code).toBe(0);
      const result = await runBinary(["push", "-r", "empty"], { cwd: churn.repo, timeoutMs });
      expect(result.stderr).toContain(entry);
      expect(existsSync(join(empty, "files", "md5", images.slice(0, 2), images.slice(2)))).toBe(false);
      expect(existsSync(join(empty, "files", "md5", customers.slice(0, 2), customers.slice(2)))).toBe(true);
    },
    timeoutMs,
  );

  test(
    "an object of another size is left as it is, and named",
    async () => {
      const churn = await restoreChurn();
      await runBinary(["pull"], { cwd: churn.repo, timeoutMs });
      await corrupt(churn, customers, 0o444);
      const result = await runBinary(["push"], { cwd: churn.repo, timeoutMs });
      expect(result.code).toBe(1);
      expect(result.stderr).toContain(customers.slice(2));
      expect(await readFile(object(churn, customers), "utf8")).toBe("corrupt bytes\n");
    },
    timeoutMs,
  );

  test(
    "a damaged object of the cache is not sent",
    async () => {
      const churn = await restoreChurn();
      await runBinary(["pull"], { cwd: churn.repo, timeoutMs });
      await rm(object(churn, customers));
      const cached = join(churn.repo, ".dvc", "cache", "files", "md5", customers.slice(0, 2), customers.slice(2));
      await chmod(cached, 0o644);
      await writeFile(cached, "damaged");
      await chmod(cached, 0o444);
      const result = await runBinary(["push"], { cwd: churn.repo, timeoutMs });
      expect(result.code).toBe(1);
      expect(result.stderr).toContain("is damaged");
      expect(existsSync(object(churn, customers))).toBe(false);
    },
    timeoutMs,
  );

  test(
    "--dry-run sends nothing",
    async () => {
      const churn = await restoreChurn();
      const empty = join(churn.folder, "empty");
      await writeFile(join(churn.repo, ".dvc", "config.local"), `['remote "empty"']\n    url = ${empty}\n`);
      await runBinary(["pull"], { cwd: churn.repo, timeoutMs });
      const result = await runBinary(["push", "-r", "empty", "--dry-run"], { cwd: churn.repo, timeoutMs });
      expect(result.stdout).toBe("254 files to push\n");
      expect(existsSync(empty)).toBe(false);
    },
    timeoutMs,
  );
});

test(
  "outside of a project, and while DVC holds its lock",
  async () => {
    const churn = await restoreChurn();
    const outside = await runBinary(["pull"], { cwd: churn.folder, timeoutMs });
    expect(outside.code).toBe(3);
    expect(outside.stderr).toContain("not inside a DVC project");
    if (Bun.which("flock") === null) return;
    await mkdir(join(churn.repo, ".dvc", "tmp"), { recursive: true });
    const lock = join(churn.repo, ".dvc", "tmp", "lock");
    const holder = Bun.spawn(["flock", lock, "sh", "-c", "echo held; cat"], { stdin: "pipe", stdout: "pipe" });
    await holder.stdout.getReader().read();
    const locked = await runBinary(["pull"], { cwd: churn.repo, timeoutMs });
    await holder.stdin.end();
    expect(locked.code).toBe(1);
    expect(locked.stderr).toContain("unable to acquire lock");
    expect((await runBinary(["pull", "data/raw/customers.csv"], { cwd: churn.repo, timeoutMs })).code).toBe(0);
  },
  timeoutMs,
);

function md5(text: string): string {
  return new Bun.CryptoHasher("md5").update(text).digest("hex");
}
