/** What this machine is. */
export interface MachineFacts {
  readonly os: "linux" | "macos" | "windows";
  readonly architecture: "x64" | "arm64";
  readonly isRoot: boolean;
}

export function machineFacts(): MachineFacts {
  return {
    os: process.platform === "darwin" ? "macos" : process.platform === "win32" ? "windows" : "linux",
    architecture: process.arch === "arm64" ? "arm64" : "x64",
    isRoot: process.getuid?.() === 0,
  };
}

/** Free share of the file system below a path; null where the system does not tell. */
export async function freeShare(path: string): Promise<number | null> {
  const { statfs } = await import("node:fs/promises");
  const found = await statfs(path).catch(() => null);
  return found === null || found.blocks === 0 ? null : found.bavail / found.blocks;
}
