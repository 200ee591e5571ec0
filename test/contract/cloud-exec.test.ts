import { chmod, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { compareCodePoints } from "../../src/core/text.ts";
import { open } from "../../src/cloud/exec/index.ts";
import { anyWish } from "../fake/cloud.ts";
import { temporaryFolder } from "../support/folder.ts";
import { testHost } from "../support/memory-host.ts";
import { cloudContract } from "./cloud.ts";

/** A folder is the provider, a file in it a machine. `fault` is a file that holds what goes wrong, a line a call. */
const provider = `#!/bin/sh
set -eu
word=$1; read -r request
exec python3 -SE - "$word" "$request" <<'PY'
import json, os, sys
word, request = sys.argv[1], json.loads(sys.argv[2])
state = os.path.join(os.path.dirname(os.path.abspath(os.environ["PROVIDER"])), "machines")
os.makedirs(state, exist_ok=True)
path = lambda name: os.path.join(state, name)
load = lambda name: json.load(open(path(name)))
faults = path("../faults")
fault = ""
if os.path.exists(faults):
    lines = open(faults).read().split()
    if lines and (word == "create" or lines[0] == "expired"):
        fault = lines[0]
        open(faults, "w").write("\\n".join(lines[1:]))
def leave(code, reason):
    print(reason, file=sys.stderr); sys.exit(code)
if fault == "expired": leave(4, "the ticket has expired")
if fault == "capacity": leave(7, "no node is free")
if fault == "quota": leave(7, "quota is used up")
if fault in ("cut-before", "throttle", "server-error"): leave(5, fault)
if word == "create":
    name = request["token"]
    if not os.path.exists(path(name)):
        json.dump({"id": name, "tags": request["tags"], "state": "running", "type": request["type"], "region": request["region"]}, open(path(name), "w"))
    if fault == "cut-after": leave(5, "connection lost")
    print(json.dumps(load(name)))
elif word == "inspect":
    print(json.dumps(load(request["id"])) if os.path.exists(path(request["id"])) else "null")
elif word == "destroy":
    if os.path.exists(path(request["id"])): os.remove(path(request["id"]))
    print('{"status": "gone"}')
elif word == "list":
    print(json.dumps({"machines": [load(name) for name in sorted(os.listdir(state))]}))
elif word == "console":
    print('{"text": ""}')
else: leave(6, "unknown word " + word)
PY
`;

cloudContract(
  "exec",
  async () => {
    const folder = await temporaryFolder();
    const program = join(folder, "provider");
    await writeFile(program, provider.replace("set -eu", `set -eu\nexport PROVIDER=${program}`));
    await chmod(program, 0o755);
    const { host } = await testHost({ cwd: folder });
    const machines = join(folder, "machines");
    const names = async (): Promise<string[]> => (await readdir(machines).catch(() => [])).toSorted(compareCodePoints);
    let sequence = 0;
    return {
      cloud: open({ regions: [], allRegions: false, program: "./provider" }, host),
      wish: anyWish,
      pass: async () => undefined,
      billable: names,
      fail: (fault, times) =>
        void Bun.spawnSync(["sh", "-c", `printf '%s' "$1" > "$2"`, "sh", `${fault}\n`.repeat(times), join(folder, "faults")]),
      async foreign() {
        const id = `theirs-${++sequence}`;
        await writeFile(join(machines, id), JSON.stringify({ id, tags: { owner: "somebody" } }));
        return id;
      },
      reclaim: (id) => rm(join(machines, id)),
    };
  },
  // A program names its own sizes.
  { anySize: true, timeoutMs: 60_000 },
);
