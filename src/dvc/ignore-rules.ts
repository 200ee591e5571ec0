import { join } from "node:path";
import type { Host } from "../host/host.ts";
import { IgnoreRules } from "./ignore.ts";
import { folderOf } from "./path.ts";

/**
 * Rules of the `.dvcignore` files from the project's folder down to and inside of an output: files that they name are neither compared nor removed.
 * Paths count from `root`.
 */
export async function ignoreRules(host: Pick<Host, "file">, root: string, project: string, path: string): Promise<IgnoreRules> {
  const folders = [path];
  for (let folder = folderOf(path); folder.length >= project.length; folder = folderOf(folder)) {
    folders.push(folder);
    if (folder === project || folder === "") break;
  }
  let rules = await IgnoreRules.none.with(project, ".dvcignore of DVC", ".hg/\n.git/\n.git\n.dvc/", { strip: true });
  for (const folder of folders.toReversed()) {
    const file = folder === "" ? ".dvcignore" : `${folder}/.dvcignore`;
    const text = await host.file.readText(join(root, ...file.split("/")));
    if (text !== null) rules = await rules.with(folder, file, text, { strip: true });
  }
  return rules;
}
