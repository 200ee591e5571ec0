import { chmod, mkdir } from "node:fs/promises";
import { dirname } from "node:path";

/** Makes a folder and those above it, writable by the group and handing the group on, as DVC's `shared = group` wants. */
export async function makeGroupFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return;
  for (let current = folder; ; current = dirname(current)) {
    await chmod(current, 0o2775);
    if (current === first) return;
  }
}
