import { createHash } from "node:crypto";
import { lstat, readdir, readFile, readlink, stat } from "node:fs/promises";
import { join } from "node:path";

/** Every path below a folder with size, MD5 and mode, as `*.tree.tsv` of the recorded answers has them; `.git`, DVC's cache and temporary files are left out. */
export async function treeOf(repo: string): Promise<string[]> {
  const rows: string[] = [];
  await walk(repo, "", async (path, full) => {
    if (path === ".git" || path === ".dvc/cache" || path === ".dvc/tmp") return false;
    if (path === ".dvc/config.local") return true;
    const found = await lstat(full);
    const mode = (found.mode & 0o7777).toString(8).padStart(4, "0");
    if (found.isDirectory()) rows.push(`${path}/\t-\t-\t${mode}`);
    else if (found.isSymbolicLink()) rows.push(`${path}\tlink\t${(await readlink(full)).replace(repo, "$REPO")}\t-`);
    else rows.push(`${path}\t${found.size}\t${md5(await readFile(full))}\t${mode}`);
    return true;
  });
  return rows.toSorted();
}

/** The same from a recorded file. */
export async function recordedTree(file: string): Promise<string[]> {
  const lines = (await readFile(file, "utf8")).split("\n").slice(1);
  return lines
    .filter((line) => line !== "" && !line.startsWith('".dvc/config.local"'))
    .map((line) => {
      const [path = "", ...rest] = line.split("\t");
      return [String(JSON.parse(path)), ...rest.slice(0, 3)].join("\t");
    })
    .toSorted();
}

/** Objects of a cache or remote with size and mode, as `*.cache.tsv` and `*.remote.tsv` have them. */
export async function objectsOf(folder: string): Promise<string[]> {
  const rows: string[] = [];
  await walk(folder, "", async (path, full) => {
    const found = await stat(full);
    if (found.isFile()) rows.push(`${path}\t${found.size}\t${(found.mode & 0o7777).toString(8).padStart(4, "0")}`);
    return true;
  });
  return rows.toSorted();
}

export async function recordedObjects(file: string): Promise<string[]> {
  return (await readFile(file, "utf8"))
    .split("\n")
    .filter((line) => line !== "" && line !== "(none)")
    .toSorted();
}

async function walk(root: string, folder: string, visit: (path: string, full: string) => Promise<boolean>): Promise<void> {
  for (const entry of await readdir(join(root, folder), { withFileTypes: true }).catch(() => [])) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    const goOn = await visit(path, join(root, path));
    if (goOn && entry.isDirectory()) await walk(root, path, visit);
  }
}

function md5(bytes: Uint8Array): string {
  return createHash("md5").update(bytes).digest("hex");
}
