import { afterAll } from "bun:test";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { temporaryFolder } from "./folder.ts";

const script = join(import.meta.dir, "..", "service", "storage.sh");
const cache = process.env["CML_TEST_CACHE"] ?? join(homedir(), ".cache", "cml-test");

/** Files by which an installed server is known. */
const installed = {
  minio: [join(cache, "bin", "minio")],
  versitygw: [join(cache, "bin", "versitygw")],
  gcs: [join(cache, "bin", "fake-gcs-server")],
  toxiproxy: [join(cache, "bin", "toxiproxy-server")],
  moto: [join(cache, "venv-moto", "bin", "moto_server")],
  azurite: [join(cache, "npm-azurite", "node_modules", ".bin", "azurite-blob")],
  sshd: ["/usr/sbin/sshd"],
  proftpd: ["/usr/lib/proftpd/mod_sftp.so"],
  nginx: ["/usr/sbin/nginx", "/usr/lib/nginx/modules/ngx_http_dav_ext_module.so"],
  tinyproxy: ["/usr/bin/tinyproxy"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type Service = keyof typeof installed;

/** Why a real server cannot be started here; undefined when all can. Installing takes minutes, so no test does it. */
export function noService(...names: readonly Service[]): string | undefined {
  if (process.platform === "win32") return "storage servers are started by a shell script";
  for (const program of ["bash", "curl", "python3", "setsid"])
    if (Bun.which(program) === null) return `the script of the storage servers needs \`${program}\``;
  const absent = names.filter((name) => !installed[name].every((path) => existsSync(path)));
  return absent.length === 0 ? undefined : `not installed: \`bash test/service/storage.sh install ${absent.join(" ")}\``;
}

/** Servers of their own for a file of tests, stopped after it. Answers the variables that the script exports. */
export async function startServices(...names: readonly Service[]): Promise<ReadonlyMap<string, string>> {
  const env = { ...process.env, CML_TEST_RUN: join(await temporaryFolder(), "run") };
  afterAll(() => void Bun.spawnSync(["bash", script, "stop"], { env }), 60_000);
  const started = Bun.spawn(["bash", script, "start", ...names], { env, stdout: "pipe", stderr: "pipe" });
  const [out, err, code] = await Promise.all([
    new Response(started.stdout).text(),
    new Response(started.stderr).text(),
    started.exited,
  ]);
  if (code !== 0) throw new Error(`the servers did not start: ${err}`);
  return new Map([...out.matchAll(/^export (\w+)='(.*)'$/gm)].map((match) => [match[1] ?? "", match[2] ?? ""]));
}
