import { describe, expect, test } from "bun:test";
import { chmod, mkdir, readdir, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createFiles } from "../../../src/host/file.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { unless } from "../../support/skip.ts";

describe("createFiles()", () => {
  test("look-ups answer null for what is not there, a file in a file and a ring of links", async () => {
    const cwd = await temporaryFolder();
    const files = createFiles(cwd);
    await writeFile(join(cwd, "file"), "x");
    await symlink("ring", join(cwd, "ring"));
    for (const path of ["none", "none/below", "file/below", "ring", "n".repeat(300)]) {
      expect(await files.read(path)).toBeNull();
      expect(await files.stat(path)).toBeNull();
    }
    expect((await files.lstat("ring"))?.kind).toBe("link");
    expect(await files.read(".")).toBeNull();
    expect(await files.realpath("none")).toBeNull();
    expect(await files.list("none")).toEqual([]);
  });

  test("what the system refuses is told as such", async () => {
    const cwd = await temporaryFolder();
    const files = createFiles(cwd);
    await writeFile(join(cwd, "file"), "x");
    await mkdir(join(cwd, "folder"));
    await expect(files.write("file/below", "x")).rejects.toThrow("cannot write `file/below`: a file is in the way of a folder");
    await expect(files.write("folder", "x")).rejects.toThrow("cannot write `folder`: a folder is in the way");
    await expect(files.makeFolder("file")).rejects.toThrow("cannot make the folder `file`: a file is in the way of a folder");
    expect(await readdir(cwd)).toEqual(["file", "folder"]);
  });

  test("a list is sorted by code point and tells links from files", async () => {
    const cwd = await temporaryFolder();
    for (const name of ["b", "B", "é", "a"]) await writeFile(join(cwd, name), "");
    await mkdir(join(cwd, "c"));
    await symlink("a", join(cwd, "d"));
    expect(await createFiles(cwd).list(".")).toEqual([
      { name: "B", kind: "file" },
      { name: "a", kind: "file" },
      { name: "b", kind: "file" },
      { name: "c", kind: "folder" },
      { name: "d", kind: "link" },
      { name: "é", kind: "file" },
    ]);
  });

  test("write() makes folders, replaces whole and leaves nothing beside the file", async () => {
    const cwd = await temporaryFolder();
    const files = createFiles(cwd);
    await files.write("a/b/c.txt", "one");
    await files.write("a/b/c.txt", "two", { mode: 0o600 });
    expect(await files.readText("a/b/c.txt")).toBe("two");
    expect((await stat(join(cwd, "a/b/c.txt"))).mode & 0o777).toBe(0o600);
    expect(await readdir(join(cwd, "a/b"))).toEqual(["c.txt"]);
    await mkdir(join(cwd, "folder"));
    await writeFile(join(cwd, "folder", "x"), "");
    await expect(files.write("folder", "no")).rejects.toThrow();
    expect((await readdir(cwd)).toSorted()).toEqual(["a", "folder"]);
  });

  test("a byte-order mark stays where text is read", async () => {
    const files = createFiles(await temporaryFolder());
    await files.write("x", "\ufeffa");
    expect(await files.readText("x")).toBe("\ufeffa");
  });

  test("a file over the limit is an error that names it", async () => {
    const files = createFiles(await temporaryFolder());
    await files.write("big", "x".repeat(100));
    await expect(files.read("big", { limitBytes: 99 })).rejects.toThrow(
      "file is too large: `big` has 100 bytes, at most 99 are read",
    );
    expect((await files.read("big", { limitBytes: 100 }))?.length).toBe(100);
  });

  unless(process.getuid?.() === 0 ? "root may read every file" : undefined)(
    "what may not be read is no missing file",
    async () => {
      const cwd = await temporaryFolder();
      await writeFile(join(cwd, "x"), "");
      await chmod(join(cwd, "x"), 0);
      await expect(createFiles(cwd).read("x")).rejects.toThrow("cannot read `x`: permission denied");
    },
  );

  test("remove() takes a link, not what it points at", async () => {
    const cwd = await temporaryFolder();
    const files = createFiles(cwd);
    await files.write("kept/x", "1");
    await files.link(join(cwd, "kept"), "link");
    await files.remove("link");
    await files.remove("never there");
    expect(await files.readText("kept/x")).toBe("1");
  });
});
