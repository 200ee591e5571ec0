import type { Options } from "../kit/option.ts";

/** Which source of machines, and how it is reached: the same for every command that looks at machines. */
export const cloudOptions = {
  cloud: { kind: "text", help: "Source of machines: local, ssh, kubernetes, aws or exec:PROGRAM", group: "Source of machines" },
  "cloud-region": {
    kind: "list",
    comma: true,
    help: "Regions in the order of preference: us-west, eu-west, … or the cloud's own, with a zone if wanted",
    group: "Source of machines",
  },
  "all-regions": { kind: "flag", help: "Look into every region of the account", group: "Source of machines" },
  host: { kind: "list", comma: true, help: "Hosts for --cloud ssh, `user@host:port`", group: "Source of machines" },
  "ssh-key": { kind: "file", help: "Private key for --cloud ssh", group: "Source of machines" },
  "known-hosts": { kind: "file", help: "File of known hosts for --cloud ssh", group: "Source of machines" },
  namespace: { kind: "text", help: "Namespace for --cloud kubernetes", group: "Source of machines" },
  context: { kind: "text", help: "Context of the kubeconfig for --cloud kubernetes", group: "Source of machines" },
} as const satisfies Options;

/** Whose jobs the runner takes. */
export const scopeOptions = {
  scope: {
    kind: "text",
    fallback: "repository",
    help: "Whose jobs: repository, organization (the owner) or enterprise/NAME",
    group: "Runner",
  },
} as const satisfies Options;

/** Of the predecessor, and its documented defaults. */
export const launchOptions = {
  ...cloudOptions,
  ...scopeOptions,
  labels: { kind: "text", fallback: "cml", help: "Labels of the runner, comma-separated", group: "Runner" },
  name: { kind: "text", help: "Name of the runner; `cml-` and ten characters unless given", group: "Runner" },
  "idle-timeout": {
    kind: "text",
    fallback: "5 minutes",
    help: "End after this long without a job: seconds, `5 minutes`, `never`",
    group: "Runner",
  },
  single: { kind: "flag", help: "End after one job; the forge forgets the runner", group: "Runner" },
  reuse: {
    kind: "flag",
    conflicts: ["single", "reuse-idle"],
    help: "Do nothing when a runner of this name or with these labels is there",
    group: "Runner",
  },
  "reuse-idle": {
    kind: "flag",
    conflicts: ["single", "reuse"],
    help: "Do nothing when a runner with these labels is there and idle",
    group: "Runner",
  },
  retry: {
    kind: "flag",
    fallback: true,
    help: "Run jobs again that were lost with the machine (`--no-retry`: leave them)",
    group: "Runner",
  },
  group: { kind: "text", help: "Runner group of an organisation or enterprise", group: "Runner" },
  "allow-public": {
    kind: "flag",
    help: "Let a runner of a public repository live longer than one job, whoever sends it",
    group: "Runner",
  },
  workdir: { kind: "file", alias: ["path"], help: "Folder of the runner; `~/.cml/NAME` unless given", group: "Runner" },
  "docker-volumes": { kind: "list", words: true, help: "Volumes for containers of jobs", group: "Runner" },
  "docker-image": {
    kind: "text",
    help: "Image of jobs on GitLab and Gitea; on the machine itself unless given",
    group: "Runner",
  },
  drain: { kind: "duration", fallback: 60_000, help: "How long a running job may go on after SIGTERM", group: "Runner" },
  "runner-program": {
    kind: "file",
    help: "The forge's runner program (GitHub: its folder) instead of a download",
    group: "Runner",
  },
  "runner-archive": {
    kind: "text",
    help: "Archive of the runner program: file or address; needs --runner-sha256",
    group: "Runner",
  },
  "runner-sha256": { kind: "text", help: "Checksum of --runner-archive", needs: ["runner-archive"], group: "Runner" },
  "cloud-type": {
    kind: "list",
    comma: true,
    help: "Sizes in the order of preference: s, m, l, xl or types of the cloud",
    group: "Machine",
  },
  "cloud-gpu": { kind: "text", help: "GPU and how many: t4, v100, a100-80gb:4, nogpu", group: "Machine" },
  "cloud-hdd-size": { kind: "number", fallback: 35, help: "GB of the disk", group: "Machine" },
  "cloud-image": { kind: "text", help: "Image of the machine", group: "Machine" },
  "cloud-architecture": { kind: "choice", choices: ["x64", "arm64"], fallback: "x64", help: "Processor", group: "Machine" },
  "cloud-permission-set": {
    kind: "text",
    help: "Identity of the machine: instance profile, service account, managed identities",
    group: "Machine",
  },
  "cloud-metadata": { kind: "pairs", words: true, help: "Tags of the machine, `name=value`", group: "Machine" },
  "cloud-ssh-private": {
    kind: "secret",
    help: "Private key that may log in; opens port 22 to this address only",
    group: "Machine",
  },
  "cloud-ssh-public": { kind: "text", help: "Public key that may log in, `ssh-ed25519 …`", group: "Machine" },
  "cloud-spot": { kind: "flag", help: "Spot capacity only", group: "Machine" },
  "cloud-spot-fallback": { kind: "flag", help: "Spot capacity, and on-demand where there is none", group: "Machine" },
  "cloud-spot-price": {
    kind: "number",
    fallback: -1,
    help: "Highest bid per hour; -1: up to the on-demand price",
    group: "Machine",
  },
  "max-price": { kind: "number", help: "Dearest machine per hour; those without a known price stay", group: "Machine" },
  "cloud-startup-script": { kind: "text", help: "Bash in base64, run as root before the runner starts", group: "Machine" },
  "cloud-aws-security-group": { kind: "text", help: "Security group, by id or name", group: "Machine" },
  "cloud-aws-subnet": { kind: "text", alias: ["cloud-aws-subnet-id"], help: "Subnet", group: "Machine" },
  "cloud-reservation": { kind: "text", help: "Capacity reservation or block to run in", group: "Machine" },
  "cloud-kubernetes-node-selector": {
    kind: "pairs",
    words: true,
    help: "Labels of the node, `name=value`; `accelerator=infer` follows --cloud-gpu",
    group: "Machine",
  },
  lifetime: {
    kind: "duration",
    alias: ["cloud-max-lifetime"],
    fallback: 86_400_000,
    help: "The machine ends after this long, whatever it does",
    group: "Machine",
  },
  "boot-timeout": {
    kind: "duration",
    help: "Time from the machine's creation until its runner is online; 10 min, with a GPU 20 min",
    group: "Machine",
  },
  attempts: { kind: "number", fallback: 12, help: "Candidates to try", group: "Machine" },
  count: { kind: "number", fallback: 1, help: "Runners to launch", group: "Machine" },
  "cml-from": {
    kind: "text",
    env: ["CML_INSTALL_FROM"],
    help: "Address of a folder with the files of a release and their SHA256SUMS, for machines that boot",
    group: "Machine",
  },
  handed: { kind: "file", hidden: true, help: "Settings that a launch handed to this machine" },
  "destroy-delay": { kind: "number", hidden: true, help: "No effect", deprecated: "machines are destroyed at once" },
  "tpi-version": { kind: "text", hidden: true, help: "No effect", deprecated: "there is no Terraform provider" },
  "tf-resource": { kind: "text", hidden: true, help: "No effect", deprecated: "there is no Terraform provider" },
  "cml-version": { kind: "text", hidden: true, help: "No effect", deprecated: "use --cml-from" },
  "runner-path": { kind: "file", hidden: true, help: "Folder of the runner", deprecated: "use --workdir" },
  "gcp-access-token": { kind: "secret", hidden: true, help: "No effect", deprecated: "set GOOGLE_OAUTH_ACCESS_TOKEN" },
} as const satisfies Options;
