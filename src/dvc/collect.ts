import { decodeText } from "../core/place.ts";
import { IgnoreRules } from "./ignore.ts";
import type { Project } from "./out.ts";
import type { Stage } from "./stage.ts";
import type { Tree, TreeEntry } from "./tree.ts";

export interface CollectOptions {
  /** Patterns of `.git/info/exclude`; null: what Git ignores is not left out (it is in no commit anyway). */
  readonly gitExclude: string | null;
}

/** A metafile that was found, and which rules hold where it lies. */
export interface FoundMetafile {
  readonly path: string;
  readonly project: Project;
  readonly ignored: IgnoreRules;
}

interface Folder {
  readonly path: string;
  readonly project: Project;
  readonly dvcIgnore: IgnoreRules;
  readonly gitIgnore: IgnoreRules | null;
}

interface Opened {
  readonly folder: Folder;
  readonly entries: readonly TreeEntry[];
}

const skipped: ReadonlySet<string> = new Set([".dvc", ".git", ".hg"]);

/**
 * Walks a tree from the top as DVC does: not through links, not into what `.dvcignore` or (in the work tree) Git ignores, not into outputs of
 * metafiles already read. `read` answers the stages of a metafile, a whole level of folders at once. Every folder with a `.dvc` folder starts a project.
 */
export async function collectMetafiles(
  tree: Tree,
  options: CollectOptions,
  read: (found: FoundMetafile) => Promise<readonly Stage[]>,
): Promise<Project[]> {
  const projects: Project[] = [];
  const outs = new Set<string>();
  let level = [await rootFolder(tree, options)];
  while (level.length > 0) {
    const opened = await Promise.all(level.map((folder) => open(tree, folder, projects)));
    const stages = await Promise.all(opened.flatMap(metafilesIn).map(read));
    for (const out of stages.flat().flatMap((stage) => stage.outs)) outs.add(out.path);
    level = (await Promise.all(opened.map((place) => foldersIn(tree, place, outs)))).flat();
  }
  return projects;
}

async function rootFolder(tree: Tree, { gitExclude }: CollectOptions): Promise<Folder> {
  const isInitialized = (await tree.kind(".dvc")) === "folder";
  const gitIgnore =
    gitExclude === null ? null : await IgnoreRules.none.with("", ".git/info/exclude", gitExclude, { strip: false });
  return { path: "", project: { folder: "", isInitialized }, dvcIgnore: IgnoreRules.none, gitIgnore };
}

/** Lists a folder and reads the ignore files in it. A project keeps its own rules: those of the folders above do not reach into it. */
async function open(tree: Tree, above: Folder, projects: Project[]): Promise<Opened> {
  const entries = await tree.list(above.path);
  const isProject = above.path !== "" && entries.some((entry) => entry.name === ".dvc" && entry.kind === "folder");
  const folder = isProject
    ? { ...above, project: { folder: above.path, isInitialized: true }, dvcIgnore: IgnoreRules.none }
    : above;
  if (isProject || above.path === "") projects.push(folder.project);
  const has = (name: string): boolean => entries.some((entry) => entry.name === name && entry.kind === "file");
  let { dvcIgnore, gitIgnore } = folder;
  const dvcFile = join(folder.path, ".dvcignore");
  if (has(".dvcignore") && !dvcIgnore.isIgnored(dvcFile, "file"))
    dvcIgnore = await extend(tree, dvcIgnore, folder.path, dvcFile, true);
  if (gitIgnore !== null && has(".gitignore"))
    gitIgnore = await extend(tree, gitIgnore, folder.path, join(folder.path, ".gitignore"), false);
  return { folder: { ...folder, dvcIgnore, gitIgnore }, entries };
}

async function extend(tree: Tree, rules: IgnoreRules, folder: string, file: string, strip: boolean): Promise<IgnoreRules> {
  const bytes = await tree.read(file, { limitBytes: 4 * 1024 * 1024 });
  return bytes === null ? rules : rules.with(folder, file, decodeText(bytes, file), { strip });
}

function metafilesIn({ folder, entries }: Opened): FoundMetafile[] {
  return entries
    .filter(
      (entry) => entry.kind === "file" && (entry.name === "dvc.yaml" || (entry.name.endsWith(".dvc") && entry.name !== ".dvc")),
    )
    .map((entry) => join(folder.path, entry.name))
    .filter((path) => !folder.dvcIgnore.isIgnored(path, "file") && folder.gitIgnore?.isIgnored(path, "file") !== true)
    .map((path) => ({ path, project: folder.project, ignored: folder.dvcIgnore }));
}

async function foldersIn(tree: Tree, { folder, entries }: Opened, outs: ReadonlySet<string>): Promise<Folder[]> {
  const found: Folder[] = [];
  for (const entry of entries) {
    const path = join(folder.path, entry.name);
    if (entry.kind !== "folder" || entry.isLink === true || skipped.has(entry.name) || outs.has(path)) continue;
    if (folder.gitIgnore?.isIgnored(path, "folder") === true) continue;
    // A project in a folder that the outer one leaves out is a project all the same.
    const isLeftOut = folder.dvcIgnore.isIgnored(path, "folder") && (await tree.kind(join(path, ".dvc"))) !== "folder";
    if (!isLeftOut) found.push({ ...folder, path });
  }
  return found;
}

function join(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}
