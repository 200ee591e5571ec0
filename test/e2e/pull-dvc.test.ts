/** `cml` and real DVC on one repository, in turns: whatever the one writes, the other reads. */
import { describe, expect } from "bun:test";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { noise } from "../contract/storage.ts";
import { dvcWorld, type DvcWorld } from "../support/dvc.ts";
import { objectsOf, treeOf } from "../support/listing.ts";
import { cloudDvc, installed, oldDvc, realDvc } from "../support/python.ts";
import { runBinary } from "../support/run.ts";
import { noService, startServices, type Service } from "../support/service.ts";
import { unless } from "../support/skip.ts";

const timeoutMs = 300_000;
const dvc = await installed(realDvc);
const withDvc = unless("reason" in dvc ? dvc.reason : undefined);
const program = "path" in dvc ? dvc.path : "";

/** Runs `cml` in the world's repository; throws with its stderr when it fails. */
async function cml(world: DvcWorld, ...args: readonly string[]): Promise<string> {
  const result = await runBinary(args, { cwd: world.repo, env: { ...world.env }, timeoutMs });
  if (result.code !== 0) throw new Error(`cml ${args.join(" ")}: exit ${result.code}: ${result.stderr}`);
  return result.stdout;
}

async function forget(world: DvcWorld, ...paths: readonly string[]): Promise<void> {
  for (const path of [".dvc/cache", ".dvc/tmp", ...paths]) await rm(join(world.repo, path), { recursive: true, force: true });
}

/** A folder with names that want care, a program, and a pipeline with metrics. */
async function fillRepository(world: DvcWorld, round: number): Promise<void> {
  await world.write({
    "data/a.txt": `a ${round}\n`,
    "data/sub/ümlaut 😀 \uffee.txt": "name\n",
    "data/sub/same.txt": "same\n",
    "data/same.txt": "same\n",
    "data/empty": "",
    "data/crlf.txt": "x\r\ny\r\n",
    "large.bin": noise(3_000_000 + round),
    "run.sh": `#!/bin/sh\necho ${round}\n`,
  });
  await Bun.spawn(["chmod", "+x", join(world.repo, "run.sh")]).exited;
  await world.dvc("add", "-q", "data", "large.bin", "run.sh");
}

async function alternate(world: DvcWorld, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    await fillRepository(world, round);
    const isOurs = round % 2 === 0;
    if (isOurs) await cml(world, "push");
    else await world.dvc("push", "-q");
    const before = await treeOf(world.repo);
    await forget(world, "data", "large.bin", "run.sh");
    if (isOurs) await world.dvc("pull", "-q");
    else await cml(world, "pull");
    expect(await treeOf(world.repo)).toEqual(
      before.map((row) => row.replace("\t0755", row.startsWith("run.sh\t") ? "\t0744" : "\t0755")),
    );
    expect(JSON.parse(await world.dvc("status", "--json"))).toEqual({});
    expect(JSON.parse(await world.dvc("status", "-c", "--json"))).toEqual({});
    expect(JSON.parse(await cml(world, "status", "--json"))).toEqual({});
    expect(JSON.parse(await cml(world, "status", "-c", "--json"))).toEqual({});
    expect(await cml(world, "pull")).toBe("Everything is up to date.\n");
    expect(await cml(world, "push")).toBe("Everything is up to date.\n");
  }
  expect((await world.dvc("pull")).trim()).toBe("Everything is up to date.");
}

describe("with real DVC", () => {
  withDvc(
    "in turns on a local remote, ten times",
    async () => {
      const world = await dvcWorld(program);
      await world.dvc("remote", "add", "-q", "-d", "store", "../store");
      await alternate(world, 10);
      const twin = await dvcWorld(program);
      await twin.dvc("remote", "add", "-q", "-d", "store", "../store");
      await fillRepository(twin, 0);
      await twin.dvc("push", "-q");
      const theirs = await objectsOf(join(twin.folder, "store"));
      await rm(join(twin.folder, "store"), { recursive: true });
      await cml(twin, "push");
      expect(await objectsOf(join(twin.folder, "store"))).toEqual(theirs);
    },
    timeoutMs,
  );

  withDvc(
    "a pipeline, its run-cache, and the announcement's workflow",
    async () => {
      const world = await dvcWorld(program);
      await world.dvc("remote", "add", "-q", "-d", "store", "../store");
      await world.write({
        "data/x.txt": "1\n2\n3\n",
        "params.yaml": "rate: 1\n",
        "dvc.yaml": [
          "stages:",
          "  train:",
          "    cmd:",
          "    - mkdir -p model && sort -r data/x.txt > model/weights",
          "    - printf 'step,loss\\n0,2\\n1,1\\n' > loss.csv",
          "    - echo 'acc = 0.9' > metrics.toml",
          "    deps: [data]",
          "    params: [rate]",
          "    outs: [model]",
          "    metrics: [{metrics.toml: {cache: false}}]",
          "    plots: [{loss.csv: {x: step, y: loss}}]",
          "",
        ].join("\n"),
      });
      await world.dvc("add", "-q", "data");
      await world.dvc("repro", "-q");
      await world.git("add", "-A");
      await world.git("commit", "-q", "-m", "one");
      expect(await cml(world, "push", "data", "model", "--run-cache")).toMatch(/^\d+ files pushed\n$/);
      await cml(world, "push", "--run-cache");
      await forget(world, "data", "model", "loss.csv");
      expect(await cml(world, "pull", "data", "--run-cache")).toContain("A       data/\n");
      // DVC finds the records that cml brought and does not run the stage.
      await rm(join(world.repo, "metrics.toml"));
      await world.git("checkout", "metrics.toml");
      expect(await world.dvc("repro", "--pull")).not.toContain("Running stage");
      await world.write({ "params.yaml": "rate: 2\n" });
      await world.dvc("repro", "-q");
      expect(JSON.parse(await cml(world, "status", "--json"))).toEqual({});
      expect(await cml(world, "push", "--run-cache")).toMatch(/files? pushed/);
      expect(JSON.parse(await world.dvc("status", "-c", "--json"))).toEqual({});
    },
    timeoutMs,
  );

  withDvc(
    "`cml status` says what `dvc status` says",
    async () => {
      const world = await dvcWorld(program);
      await world.write({
        "dir/a": "a\n",
        "dir/b": "b\n",
        f: "x\n",
        "params.yaml": "lr: 1\n",
        "sub/keep": "",
        "sub/dvc.yaml": "stages:\n  s:\n    cmd: cp ../f o\n    deps: [../f]\n    outs: [o]\n",
        "dvc.yaml":
          "stages:\n  one: {cmd: cp f out1, deps: [f], params: [lr, gone], outs: [out1]}\n  two: {cmd: cp dir/a out2, deps: [dir, missing], outs: [out2], frozen: true}\n" +
          "  three: {cmd: echo 3 > out3, outs: [out3], always_changed: true}\n  four: {cmd: echo 4 > m.json, metrics: [{m.json: {cache: false}}]}\n",
      });
      await world.dvc("add", "-q", "dir", "f");
      const same = async (): Promise<void> => {
        expect(JSON.parse(await cml(world, "status", "--json"))).toEqual(JSON.parse(await world.dvc("status", "--json")));
      };
      await same();
      await world.write({ "params.yaml": "lr: 1\ngone: 2\n" });
      await world.dvc("repro", "-q", "one", "three", "four", "sub/dvc.yaml:s");
      await same();
      await world.write({ "params.yaml": "lr: 2\n", f: "y\n", "m.json": "5\n" });
      await rm(join(world.repo, "dir", "a"));
      await writeFile(
        join(world.repo, "dvc.yaml"),
        (await readFile(join(world.repo, "dvc.yaml"), "utf8")).replace("cp f out1", "cp  f out1"),
      );
      await same();
      await forget(world);
      await same();
    },
    timeoutMs,
  );

  withDvc(
    "an import from another repository comes from there",
    async () => {
      const source = await dvcWorld(program);
      await source.dvc("remote", "add", "-q", "-d", "store", join(source.folder, "store"));
      await source.write({ "set/a": "a\n", "set/b": "b\n" });
      await source.dvc("add", "-q", "set");
      await source.git("add", "-A");
      await source.git("commit", "-q", "-m", "set");
      await source.dvc("push", "-q");
      const world = await dvcWorld(program);
      await world.dvc("remote", "add", "-q", "-d", "store", "../store");
      await world.dvc("import", "-q", source.repo, "set", "-o", "imported");
      await forget(world, "imported");
      expect(await cml(world, "pull")).toBe("A       imported/\n3 files fetched and 2 files added\n");
      expect((await readdir(join(world.repo, "imported"))).toSorted()).toEqual(["a", "b"]);
      expect(await cml(world, "push")).toBe("Everything is up to date.\n");
      expect(JSON.parse(await world.dvc("status", "--json"))).toEqual({});
    },
    timeoutMs,
  );
});

const old = await installed(oldDvc);
describe("with the last DVC of the old layout", () => {
  const reason = "reason" in old ? old.reason : "reason" in dvc ? dvc.reason : undefined;
  unless(reason)(
    "line ends, mixed hashes, and a switch between branches across the migration",
    async () => {
      const world = await dvcWorld("path" in old ? old.path : "");
      const fresh = async (...args: string[]): Promise<void> => {
        const child = Bun.spawn([program, ...args], { cwd: world.repo, env: { ...world.env }, stdout: "pipe", stderr: "pipe" });
        const text = await new Response(child.stderr).text();
        if ((await child.exited) !== 0) throw new Error(text);
      };
      const longCrlf = "0123456789abcdef0123456789abcd\r\n".repeat(40_000);
      await world.dvc("remote", "add", "-q", "-d", "store", "../store");
      await world.write({
        "data/crlf.txt": "x\r\ny\r\n",
        "data/long-crlf.txt": longCrlf,
        "data/binary": new Uint8Array([0, 13, 10, 255, 13, 10]),
        "data/plain.txt": "plain\n",
        "data/empty": "",
        "one.txt": "one\r\n",
        "two.txt": "two\r\n",
      });
      await world.dvc("add", "-q", "data", "one.txt", "two.txt");
      await world.git("add", "-A");
      await world.git("commit", "-q", "-m", "old");
      await world.dvc("push", "-q");
      const before = await treeOf(world.repo);
      await forget(world, "data", "one.txt", "two.txt");
      await cml(world, "pull");
      expect(await treeOf(world.repo)).toEqual(before);
      expect((await world.dvc("status")).trim()).toBe("Data and pipelines are up to date.");
      expect((await world.dvc("status", "-c")).trim()).toContain("in sync");
      expect(JSON.parse(await cml(world, "status", "-c", "--json"))).toEqual({});
      // cml sends the old layout as the old DVC would.
      await rm(join(world.folder, "store"), { recursive: true });
      await cml(world, "push");
      await forget(world, "data", "one.txt", "two.txt");
      await world.dvc("pull", "-q");
      expect(await treeOf(world.repo)).toEqual(before);
      // A branch where the new DVC has taken over a part.
      await world.git("switch", "-q", "-c", "new");
      await world.write({ "one.txt": "one, new\r\n", "data/plain.txt": "plain, new\n" });
      await fresh("add", "-q", "one.txt", "data");
      await fresh("push", "-q");
      await world.git("commit", "-q", "-a", "-m", "new");
      for (const branch of ["main", "new", "main"]) {
        await world.git("switch", "-q", branch);
        await cml(world, "pull");
        expect(JSON.parse(await cml(world, "status", "--json"))).toEqual({});
      }
    },
    timeoutMs,
  );
});

interface ServerCase {
  readonly name: string;
  readonly services: readonly Service[];
  readonly env?: Readonly<Record<string, string>>;
  /** Sets the remote `store` up; answers variables for both programs. */
  readonly setUp: (world: DvcWorld, env: ReadonlyMap<string, string>) => Promise<void>;
}

const remote = (world: DvcWorld, name: string, value: string): Promise<string> =>
  world.dvc("remote", "modify", "--local", "store", name, value);

const servers: readonly ServerCase[] = [
  {
    name: "SSH",
    services: ["sshd"],
    async setUp(world, env) {
      const address = `ssh://${env.get("CML_TEST_SSH_USER")}@127.0.0.1:${env.get("CML_TEST_SSH_PORT")}${env.get("CML_TEST_SSH_DIR")}/dvc`;
      await world.dvc("remote", "add", "-q", "-d", "store", address);
      await remote(world, "keyfile", env.get("CML_TEST_SSH_KEY") ?? "");
      const home = world.env["HOME"] ?? "";
      await Bun.write(join(home, ".ssh", "known_hosts"), Bun.file(env.get("CML_TEST_SSH_KNOWN_HOSTS") ?? ""));
    },
  },
  {
    name: "WebDAV",
    services: ["nginx"],
    async setUp(world, env) {
      await world.dvc(
        "remote",
        "add",
        "-q",
        "-d",
        "store",
        `${(env.get("CML_TEST_DAV_URL") ?? "").replace(/^http/, "webdav")}/dvc`,
      );
      await remote(world, "user", env.get("CML_TEST_DAV_USER") ?? "");
      await remote(world, "password", env.get("CML_TEST_DAV_PASSWORD") ?? "");
    },
  },
  {
    name: "S3",
    services: ["versitygw"],
    async setUp(world, env) {
      const endpoint = env.get("CML_TEST_VGW_ENDPOINT") ?? "";
      const keys = {
        AWS_ACCESS_KEY_ID: env.get("CML_TEST_VGW_KEY") ?? "",
        AWS_SECRET_ACCESS_KEY: env.get("CML_TEST_VGW_SECRET") ?? "",
      };
      await makeBucket(endpoint, keys);
      await world.dvc("remote", "add", "-q", "-d", "store", "s3://dvc-bucket/some/prefix");
      await remote(world, "endpointurl", endpoint);
      await remote(world, "access_key_id", keys.AWS_ACCESS_KEY_ID);
      await remote(world, "secret_access_key", keys.AWS_SECRET_ACCESS_KEY);
      await remote(world, "region", "us-east-1");
    },
  },
  {
    name: "GCS",
    services: ["gcs"],
    // Its newest library asks for kinds of buckets by gRPC, which no emulator answers.
    env: { GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT: "false" },
    async setUp(world, env) {
      const endpoint = env.get("CML_TEST_GCS_ENDPOINT") ?? "";
      await fetch(`${endpoint}/storage/v1/b?project=test`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ name: "dvc-bucket" }),
      });
      await world.dvc("remote", "add", "-q", "-d", "store", "gs://dvc-bucket/prefix");
      await remote(world, "endpointurl", endpoint);
      await remote(world, "allow_anonymous_login", "true");
    },
  },
  {
    name: "Azure",
    services: ["azurite"],
    async setUp(world, env) {
      await world.dvc("remote", "add", "-q", "-d", "store", "azure://container/prefix");
      await remote(world, "connection_string", env.get("AZURE_STORAGE_CONNECTION_STRING") ?? "");
      const { BlobServiceClient } = await import("@azure/storage-blob");
      await BlobServiceClient.fromConnectionString(env.get("AZURE_STORAGE_CONNECTION_STRING") ?? "").createContainer("container");
    },
  },
];

async function makeBucket(endpoint: string, keys: { AWS_ACCESS_KEY_ID: string; AWS_SECRET_ACCESS_KEY: string }): Promise<void> {
  const { CreateBucketCommand, S3Client } = await import("@aws-sdk/client-s3");
  const client = new S3Client({
    endpoint,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { accessKeyId: keys.AWS_ACCESS_KEY_ID, secretAccessKey: keys.AWS_SECRET_ACCESS_KEY },
  });
  await client.send(new CreateBucketCommand({ Bucket: "dvc-bucket" }));
}

const cloud = await installed(cloudDvc);
describe("with real DVC and its stores", () => {
  for (const { name, services, setUp, env: variables } of servers) {
    const reason = "reason" in cloud ? cloud.reason : noService(...services);
    unless(reason)(
      `in turns on ${name}, twice`,
      async () => {
        const env = await startServices(...services);
        const world = await dvcWorld("path" in cloud ? cloud.path : "", variables);
        await setUp(world, env);
        await alternate(world, 2);
      },
      timeoutMs,
    );
  }
});
