import { describe, expect, test } from "bun:test";
import { mkdir, writeFile } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { readJson } from "../../../src/core/json.ts";
import { isMapping, type Value } from "../../../src/core/value.ts";
import { type Config, readConfig } from "../../../src/dvc/config.ts";
import { type IniSection, readIni } from "../../../src/dvc/ini.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { memoryTree } from "./memory-tree.ts";
import { world } from "./world.ts";

/** Random files and what Python's ConfigObj (lists and interpolation on) reads out of them; `[name` is a section, null a syntax error. */
const cases = readJson(readFileSync(join(import.meta.dir, "ini-cases.json"), "utf8"), "cases");

describe("readIni()", () => {
  test("reads 200 random files as ConfigObj does", () => {
    for (const one of Array.isArray(cases) ? cases : []) {
      if (!isMapping(one)) continue;
      const text = String(one.get("text"));
      expect({ text, answer: read(text) }).toEqual({ text, answer: one.get("answer") ?? null });
    }
  });

  test("names file and line of a mistake", () => {
    expect(() => readIni("[core]\nremote = a\n; no comment\n", "here")).toThrow("here:3: ");
    expect(() => readIni("[core]\nurl = %(nope)s\n", "here")).toThrow("here:2: unknown name in `%(nope)s`");
    expect(() => readIni("<<<<<<< HEAD\n[core]\n", "here")).toThrow("here:1: ");
  });
});

function read(text: string): Value {
  try {
    return values(readIni(text, "test"));
  } catch {
    return null;
  }
}

function values(section: IniSection): Value {
  const own = [...section.values].map(([key, { value }]): [string, Value] => [key, value]);
  return new Map([...own, ...[...section.sections].map(([name, child]): [string, Value] => [`[${name}`, values(child)])]);
}

interface Levels {
  readonly system?: string;
  readonly user?: string;
  readonly repo?: string;
  readonly local?: string;
  /** Folder of the project in the repository. */
  readonly folder?: string;
}

async function config(levels: Levels): Promise<{ config: Config; root: string }> {
  const root = await temporaryFolder();
  const put = async (path: string, text: string | undefined): Promise<void> => {
    if (text === undefined) return;
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  };
  await put("system/config", levels.system);
  await put("user/config", levels.user);
  const folder = levels.folder ?? "";
  await put(join(folder, ".dvc/config.local"), levels.local);
  const host = world(root, {
    DVC_SYSTEM_CONFIG_DIR: join(root, "system"),
    DVC_GLOBAL_CONFIG_DIR: join(root, "user"),
    HOME: "/home/x",
  });
  const path = folder === "" ? ".dvc/config" : `${folder}/.dvc/config`;
  const tree = memoryTree(levels.repo === undefined ? {} : { [path]: levels.repo });
  return { config: await readConfig(host, tree, root, folder), root };
}

test("readConfig() merges the levels key by key, the later over the earlier", async () => {
  const { config: read } = await config({
    system: "[core]\nremote = sys\njobs = 1\n",
    user: "['remote \"sys\"']\nurl = s3://a/b\nprofile = user\n",
    repo: "[core]\nremote = Repo\n['remote \"repo\"']\nurl = s3://bucket/p\nregion = x\n",
    local: '[\'remote "REPO"\']\nregion = y\nsecret_access_key = "a#b"\n',
  });
  expect(read.defaultRemote).toBe("repo");
  expect(read.remote("Repo")).toEqual({
    name: "repo",
    url: "s3://bucket/p",
    options: new Map([
      ["region", "y"],
      ["secret_access_key", "a#b"],
    ]),
  });
  expect(read.remote("SYS").options.get("profile")).toBe("user");
  expect(read.values.get("core")?.get("jobs")).toBe("1");
});

test("readConfig() counts relative addresses from the real folder of the file, whatever the revision", async () => {
  const { config: read, root } = await config({
    repo: "['remote \"a\"']\nurl = ../../store\n['remote \"h\"']\nurl = ~/data\n['remote \"w\"']\nurl = /abs/x\n[cache]\ndir = ../shared\n",
    user: "['remote \"u\"']\nurl = rel\n",
    folder: "sub",
  });
  expect(read.remote("a").url).toBe(join(root, "store"));
  expect(read.remote("h").url).toBe("/home/x/data");
  expect(read.remote("w").url).toBe("/abs/x");
  expect(read.remote("u").url).toBe(join(root, "user", "rel"));
  expect(read.cacheFolder).toBe(join(root, "sub", "shared"));
});

test("readConfig() keeps the cache in the project when nothing else is said", async () => {
  const { config: read, root } = await config({});
  expect(read.cacheFolder).toBe(join(root, ".dvc", "cache"));
  expect(read.defaultRemote).toBeNull();
  expect(() => read.remote("x")).toThrow("DVC remote `x` is not configured");
});

test("remote() follows `remote://` chains, inherits options and refuses rings", async () => {
  const { config: read } = await config({
    repo: [
      "['remote \"Base\"']\nurl = s3://b/p/\nendpointurl = http://e\nregion = r",
      "['remote \"img\"']\nurl = remote://base/img\nregion = own",
      "['remote \"deep\"']\nurl = remote://IMG/x",
      "['remote \"r1\"']\nurl = remote://r2",
      "['remote \"r2\"']\nurl = remote://r1/x",
      "['remote \"none\"']\nregion = x",
    ].join("\n"),
  });
  expect(read.remote("img").url).toBe("s3://b/p/img");
  expect(read.remote("deep").url).toBe("s3://b/p/img/x");
  expect(read.remote("deep").options).toEqual(
    new Map([
      ["endpointurl", "http://e"],
      ["region", "own"],
    ]),
  );
  expect(() => read.remote("r1")).toThrow("refer to each other");
  expect(() => read.remote("none")).toThrow("has no `url`");
});

test("readConfig() warns of what it does not know and refuses what it cannot use", async () => {
  const { config: read } = await config({
    repo: "[core]\nautostage = yes\n[strange]\nx = 1\n['remote \"c\"']\nurl = s3://b/a,b\n",
  });
  expect(read.warnings).toEqual([".dvc/config:3: unknown section `strange`"]);
  expect(() => read.flag("core", "autostage")).toThrow("neither `true` nor `false`");
  expect(() => read.remote("c")).toThrow("put quotes around a value with a comma");
});
