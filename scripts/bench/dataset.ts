import { createHash } from "node:crypto";
import { mkdirSync, openSync, closeSync, writeSync, writeFileSync, existsSync } from "node:fs";
import { join } from "node:path";

export interface Dataset {
  readonly files: number;
  readonly sizeBytes: number;
}

/** A DVC project whose cache holds one tracked folder, `data`; made without DVC, which would take minutes. */
export function makeProject(repo: string, { files, sizeBytes }: Dataset, config: string): void {
  mkdirSync(join(repo, ".dvc"), { recursive: true });
  Bun.spawnSync(["git", "init", "-q", repo]);
  writeFileSync(join(repo, ".dvc", "config"), config);
  const entries: { md5: string; relpath: string }[] = [];
  for (let index = 0; index < files; index++) {
    const md5 = writeObject(repo, index, sizeBytes);
    entries.push({ md5, relpath: `${String(index % 100).padStart(2, "0")}/f${index}.bin` });
  }
  entries.sort((a, b) => (a.relpath < b.relpath ? -1 : 1));
  const list = `[${entries.map(({ md5, relpath }) => `{"md5": "${md5}", "relpath": "${relpath}"}`).join(", ")}]`;
  const hash = createHash("md5").update(list).digest("hex");
  place(repo, `${hash}.dir`, (descriptor) => writeSync(descriptor, list));
  writeFileSync(
    join(repo, "data.dvc"),
    `outs:\n- md5: ${hash}.dir\n  size: ${files * sizeBytes}\n  nfiles: ${files}\n  hash: md5\n  path: data\n`,
  );
}

/** Content that differs in every block and is the same in every run. */
function writeObject(repo: string, index: number, sizeBytes: number): string {
  const block = Buffer.alloc(Math.min(sizeBytes, 1024 * 1024));
  const hash = createHash("md5");
  const parts: Buffer[] = [];
  const fill = (part: number): Buffer => {
    for (let at = 0; at < block.length; at += 32) block.writeUInt32LE((index * 2_654_435_761 + part * 40_503 + at) >>> 0, at);
    return block;
  };
  for (let done = 0, part = 0; done < sizeBytes; part++) {
    const bytes = fill(part).subarray(0, Math.min(block.length, sizeBytes - done));
    hash.update(bytes);
    if (sizeBytes <= block.length) parts.push(Buffer.from(bytes));
    done += bytes.length;
  }
  const md5 = hash.digest("hex");
  place(repo, md5, (descriptor) => {
    if (parts.length > 0) for (const part of parts) writeSync(descriptor, part);
    else
      for (let done = 0, part = 0; done < sizeBytes; part++) {
        const bytes = fill(part).subarray(0, Math.min(block.length, sizeBytes - done));
        writeSync(descriptor, bytes);
        done += bytes.length;
      }
  });
  return md5;
}

function place(repo: string, name: string, write: (descriptor: number) => void): void {
  const folder = join(repo, ".dvc", "cache", "files", "md5", name.slice(0, 2));
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name.slice(2));
  if (existsSync(path)) return;
  const descriptor = openSync(path, "wx", 0o444);
  write(descriptor);
  closeSync(descriptor);
}
