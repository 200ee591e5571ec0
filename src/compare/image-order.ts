import { posix } from "node:path";

/** By folder, then by the number that is the file's stem, so that `10.png` follows `9.png`, then by name; DVC's order of images. */
export function compareImagePaths(a: string, b: string): number {
  const [folderA, folderB] = [posix.dirname(a), posix.dirname(b)];
  if (folderA !== folderB) return folderA < folderB ? -1 : 1;
  return stemNumber(a) - stemNumber(b) || (a < b ? -1 : Number(a > b));
}

function stemNumber(path: string): number {
  const stem = posix.basename(path, posix.extname(path));
  return /^\d+$/.test(stem) ? Number(stem) : 0;
}
