import { gzipSync } from "node:zlib";
import { ConfigError } from "../core/error.ts";

/** What a machine that boots is to become. */
export interface BootOptions {
  /** JSON of `runner/settings.ts`; the only secret, and good for one registration. */
  readonly settings: string;
  /** The user's own bash, run as root before the runner starts. */
  readonly script?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly lifetimeMs: number;
  /** A machine that is no runner by then ends itself. */
  readonly bootMs: number;
  /** GPUs that must work before the runner registers. */
  readonly gpus: number;
  /** Jobs run in containers. */
  readonly needsDocker: boolean;
  /** Where the program lies, a checksum for each architecture. */
  readonly program: { readonly x64: Download; readonly arm64: Download };
  /** How the machine ends itself for good: shell, run as root. */
  readonly end?: string;
  /** Public line of a key that may log in. */
  readonly sshKey?: string | undefined;
}

export interface Download {
  readonly url: string;
  readonly sha256: string;
}

export const userDataLimitBytes = 12 * 1024;

/** Powering off ends the machine where the provider was told so; `sysrq` works when nothing else does. */
const powerOff =
  "systemctl poweroff --force --no-wall || poweroff -f || { echo 1 > /proc/sys/kernel/sysrq; echo o > /proc/sysrq-trigger; }";

/**
 * One cloud-config for every cloud, as `#cloud-config` and JSON, which is YAML. Its first act arms the timers that end the machine; everything fat is
 * fetched afterwards by a program whose checksum is written here. `ConfigError` when it does not fit into the smallest user data that is offered.
 */
export function userData(options: BootOptions): string {
  const config = {
    bootcmd: [["sh", "-c", armScript(options)]],
    ...(options.sshKey === undefined ? {} : { ssh_authorized_keys: [options.sshKey] }),
    write_files: [
      packed("/etc/cml/runner.json", options.settings, "0600"),
      plain("/etc/cml/prepare.sh", prepareScript(options), "0700"),
      ...(options.script === undefined ? [] : [packed("/etc/cml/start.sh", options.script, "0700")]),
      plain("/etc/systemd/system/cml-runner.service", runnerUnit, "0644"),
      plain("/etc/systemd/system/cml-end.service", endUnit, "0644"),
      plain("/etc/systemd/system/cml-watch.service", watchUnit, "0644"),
      plain("/etc/systemd/system/cml-watch.timer", watchTimer, "0644"),
    ],
    // In the background: a failure of it must not look like a failed boot, and ends the machine by itself.
    runcmd: [
      ["systemctl", "daemon-reload"],
      ["bash", "/etc/cml/prepare.sh"],
    ],
  };
  const text = `#cloud-config\n${JSON.stringify(config)}\n`;
  const size = new TextEncoder().encode(text).length;
  if (size > userDataLimitBytes) {
    throw new ConfigError(`the start of the machine takes ${size} bytes, at most ${userDataLimitBytes} fit into user data`, {
      hint: "make --cloud-startup-script shorter: let it fetch the rest",
    });
  }
  return text;
}

/**
 * Runs at every boot, before files are written and before the network is waited for: hence everything is inline, the time left is counted from the
 * absolute end, and nothing waits for systemd, which waits for us.
 */
export function armScript(options: Pick<BootOptions, "expiresAt" | "lifetimeMs" | "bootMs" | "end">): string {
  const expires = Math.ceil(options.expiresAt / 1000);
  const longest = Math.ceil(options.lifetimeMs / 1000);
  return `umask 077
mkdir -p /run/cml
cat > /run/cml/end.sh <<'END'
echo "cml: ending this machine" > /dev/console 2>/dev/null
sync
${options.end ?? powerOff}
END
left=$((${expires} - $(date +%s)))
# A clock that is not set yet must not make the life longer.
if [ "$left" -gt ${longest} ]; then left=${longest}; fi
if [ "$left" -lt 60 ]; then left=60; fi
arm() { systemd-run --no-block --collect --property=DefaultDependencies=no --unit="$1" --on-active="$2" --timer-property=AccuracySec=1s /bin/sh -c "$3"; }
arm cml-deadman "$left" 'exec sh /run/cml/end.sh' || { (sleep "$left"; sh /run/cml/end.sh) & }
arm cml-boot ${Math.ceil(options.bootMs / 1000)} 'test -e /run/cml/registered || exec sh /run/cml/end.sh' || true
`;
}

/** Any failure ends the machine, after its reason went to the console. */
export function prepareScript(options: Pick<BootOptions, "gpus" | "needsDocker" | "script" | "program">): string {
  const { x64, arm64 } = options.program;
  return `#!/bin/bash
set -euo pipefail
exec > >(tee -a /dev/console) 2>&1
trap 'echo "cml: preparing this machine failed in line $LINENO"; sh /run/cml/end.sh' ERR
echo "cml: preparing this machine"
export DEBIAN_FRONTEND=noninteractive
systemctl stop apt-daily.timer apt-daily-upgrade.timer unattended-upgrades.service 2>/dev/null || true
${options.script === undefined ? "" : "bash /etc/cml/start.sh\n"}case $(uname -m) in
  x86_64) url=${quoted(x64.url)} sum=${quoted(x64.sha256)} ;;
  aarch64) url=${quoted(arm64.url)} sum=${quoted(arm64.sha256)} ;;
  *) echo "cml: no program for $(uname -m)"; false ;;
esac
for try in 1 2 3 4 5; do
  curl -fsSL --connect-timeout 20 --max-time 300 -o /run/cml/cml.part "$url" && break
  echo "cml: download failed ($try)"; sleep $((try * 5))
done
echo "$sum  /run/cml/cml.part" | sha256sum -c --quiet -
install -m 0755 /run/cml/cml.part /usr/local/bin/cml
rm -f /run/cml/cml.part
${options.needsDocker ? dockerLines : ""}${options.gpus > 0 ? gpuLines(options.gpus) : ""}systemctl enable --now cml-runner.service cml-watch.timer
`;
}

const dockerLines = `if ! command -v docker > /dev/null; then
  apt-get -o DPkg::Lock::Timeout=300 update -q
  apt-get -o DPkg::Lock::Timeout=300 install -qy docker.io
fi
`;

/** No job should land on a broken GPU; a driver that is being installed gets its time. */
function gpuLines(gpus: number): string {
  return `found=0
for _ in $(seq 60); do
  found=$(nvidia-smi --query-gpu=name --format=csv,noheader 2>/dev/null | wc -l) || found=0
  if [ "$found" -ge ${gpus} ]; then break; fi
  sleep 10
done
if [ "$found" -lt ${gpus} ]; then echo "cml: $found of ${gpus} GPUs work"; false; fi
`;
}

/** A runner that ends in order takes the machine along; one that keeps failing does as well. Jobs are killed before the agent when memory ends. */
const runnerUnit = `[Unit]
Description=cml runner
Wants=network-online.target
After=network-online.target
OnFailure=cml-end.service
StartLimitIntervalSec=600
StartLimitBurst=3

[Service]
Type=exec
Environment=HOME=/root
ExecStart=/usr/local/bin/cml runner launch --cloud local --handed /etc/cml/runner.json
ExecStopPost=/bin/sh -c 'if [ "$SERVICE_RESULT" = success ]; then exec sh /run/cml/end.sh; fi'
Restart=on-failure
RestartSec=5
KillSignal=SIGINT
KillMode=mixed
TimeoutStopSec=90
OOMScoreAdjust=-900

[Install]
WantedBy=multi-user.target
`;

const endUnit = `[Unit]
Description=End of this machine

[Service]
Type=oneshot
ExecStart=/bin/sh /run/cml/end.sh
`;

const watchUnit = `[Unit]
Description=Ends a machine whose runner is gone

[Service]
Type=oneshot
ExecStart=/bin/sh -c 'case $(systemctl is-active cml-runner.service) in active|activating|reloading) ;; *) sleep 30; systemctl is-active --quiet cml-runner.service || exec sh /run/cml/end.sh ;; esac'
`;

const watchTimer = `[Timer]
OnActiveSec=120
OnUnitActiveSec=60

[Install]
WantedBy=timers.target
`;

function plain(path: string, content: string, permissions: string): object {
  return { path, permissions, content };
}

/** A registration is long and a script longer: both shrink. */
function packed(path: string, content: string, permissions: string): object {
  return { path, permissions, encoding: "gz+b64", content: gzipSync(content, { level: 9 }).toString("base64") };
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
