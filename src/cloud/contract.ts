import type { Secret } from "../core/secret.ts";
import type { Host } from "../host/host.ts";

/** A driver's own name of a machine, opaque elsewhere; holds all that is needed to find it again (`us-west-2/i-0123456789abcdef0`). */
export type MachineId = string;

/** Portable word or native name of a size, GPU, region: resolved by `size.ts` and `region.ts`, natives are passed through. */
export type Wanted = string;

/** What a user wants, before anything is known of offers and prices. */
export interface MachineWish {
  /** Name of the runner and, as the tag `cml-id`, of every machine tried for it: `[a-z]([-a-z0-9]{0,50})`. */
  readonly name: string;
  /** Sizes or native types in the order of preference; empty: the smallest that fits. */
  readonly sizes: readonly Wanted[];
  readonly gpu: GpuWish | null;
  /** In the order of preference; empty: the driver's own setting, else its default. */
  readonly regions: readonly Wanted[];
  readonly architecture: Architecture;
  /** GB of the root disk; the image's own size when that is larger. */
  readonly diskGb: number;
  /** Native name of an image; the driver's default when absent. */
  readonly image?: string | undefined;
  readonly spot: SpotWish;
  /** Dearest acceptable price per hour, in the provider's currency; candidates without a known price stay. */
  readonly maxHourly?: number | undefined;
  readonly subnet?: string | undefined;
  readonly securityGroup?: string | undefined;
  /** Identity of the machine at the provider: instance profile, service account, managed identities. */
  readonly permissionSet?: string | undefined;
  /** Public line of a key that may log in for debugging; no inbound port is opened without it. */
  readonly sshKey?: string | undefined;
  /** A capacity reservation or block to run in. */
  readonly reservation?: string | undefined;
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly lifetimeMs: number;
}

export type Architecture = "x64" | "arm64";

export interface GpuWish {
  /** Portable (`t4`, `a100-80gb`) or native name; null: any. */
  readonly model: Wanted | null;
  readonly count: number;
}

export interface SpotWish {
  /** `prefer` falls back on on-demand, `only` does not. */
  readonly mode: "never" | "prefer" | "only";
  /** Highest bid per hour; absent: up to the on-demand price. */
  readonly maxHourly?: number | undefined;
}

/** One way to fulfil a wish. */
export interface Candidate {
  readonly wish: MachineWish;
  /** Empty where the provider has none. */
  readonly region: string;
  readonly zone: string | null;
  /** Native type. */
  readonly type: string;
  readonly gpu: { readonly model: string; readonly count: number } | null;
  readonly spot: boolean;
  /** Estimated; null when unknown, never guessed. */
  readonly price: Price | null;
  /** What the user should know before this is made: more GPUs than asked for, a setting that has no effect here. */
  readonly warnings: readonly string[];
  /** The driver's own facts for `create`: image, root device, subnet. No secrets. */
  readonly native: Readonly<Record<string, string>>;
}

export interface Price {
  readonly hourly: number;
  readonly currency: string;
  /** Where it comes from, with its date: `EC2 spot history 2026-01-02`. */
  readonly source: string;
}

/** A candidate with all that one attempt needs. */
export interface MachinePlan extends Candidate {
  /** At most 64 characters of `[a-z0-9-]`, unique to the attempt; the idempotency key, and the name where providers want one. */
  readonly token: string;
  /** All of them go with the creating request, onto everything billable it makes. */
  readonly tags: Tags;
  readonly guest: Guest;
  /** Milliseconds since the epoch; set as the provider's own deadline where there is one. */
  readonly expiresAt: number;
}

/** By name; the ones of `tag.ts` first, then the user's. */
export type Tags = Readonly<Record<string, string>>;

/** What the new machine is to do. The registration in it is single-use, yet secret: never in argv, names, tags or logs. */
export interface Guest {
  /** Settings of `cml runner launch --handed FILE` as JSON, for machines that are told what to run (pods, SSH hosts, programs). */
  readonly settings: Secret;
  /** The same inside a cloud-config, for machines that boot; at most 12 KB. */
  readonly userData: Secret;
  /** Bash run as root once before the runner starts. */
  readonly script?: string | undefined;
}

export type MachineState = "pending" | "running" | "stopping" | "stopped" | "failed";

export interface Machine {
  readonly id: MachineId;
  /** Tag `cml-id`. */
  readonly name: string;
  /** `stopped` and `failed` still cost something, or may: they are leftovers of ours. */
  readonly state: MachineState;
  readonly region: string;
  readonly zone: string | null;
  readonly type: string;
  readonly spot: boolean;
  /** Absent until it has one. */
  readonly address: string | null;
  /** Milliseconds since the epoch, by the tags where they say so. */
  readonly createdAt: number | null;
  readonly expiresAt: number | null;
  readonly tags: Tags;
  /** The provider's words on its state: why it failed, was reclaimed or cannot be placed. */
  readonly reason: string | null;
}

/** Something of ours that costs and is no machine: a disk, an address, a group. */
export interface Leftover {
  readonly kind: string;
  readonly id: string;
  readonly name: string;
  readonly region: string;
  readonly tags: Tags;
}

export interface Identity {
  /** `AWS account 123456789012`, `namespace ml of cluster x`. */
  readonly account: string;
  /** Who the credential is: a role, a user, a service account. */
  readonly principal: string;
}

/** What `create` would send first. */
export interface Preview {
  readonly method: string;
  readonly url: string;
  /** Secrets are left out, user data is a note of its size. */
  readonly body: string;
  /** The provider's answer to a trial that makes nothing: null where it has none; throws as `create` would. */
  readonly verdict: string | null;
}

/**
 * A source of machines. No method waits for a state, retries beyond what `host.http` does, or prints. All throw `AuthError` (401 unknown, 403 may not:
 * the message names the missing permission), `UnavailableError`, and the signal's reason when it is aborted. Eventual consistency is the driver's to
 * know and the caller's to bear: a machine that was just created may not be seen by `inspect` and `list` for a minute.
 */
export interface Cloud {
  /** Candidates for a wish, best first, at most a few dozen; makes nothing. `ConfigError` with near names for a size, GPU or region that is unknown, `CapacityError` when nothing fits. */
  plan(wish: MachineWish, signal: AbortSignal): Promise<Candidate[]>;
  /**
   * Asks for a machine and returns once the provider has accepted; the address may be absent. Repeated with the same plan it yields the same machine.
   * `CapacityError` says by its `scope` which candidates are out, too; then, as with every other refusal, nothing is left or `details.machine` names it.
   * After an `UnavailableError` the outcome is unknown: repeat with the same plan, or find it by `list`.
   */
  create(plan: MachinePlan, signal: AbortSignal): Promise<Machine>;
  /** Current view, or null when the provider no longer knows it or it is gone for good. */
  inspect(id: MachineId, signal: AbortSignal): Promise<Machine | null>;
  /** Starts destruction of the machine and all it owns. "gone" also when it never existed. Repeatable. Never touches what lacks our tag (`ConflictError`). */
  destroy(id: MachineId, signal: AbortSignal): Promise<"gone" | "going">;
  /** Machines that carry the tag `name=value` and our own (`cml-managed=1`), in every state but gone, over all pages and all regions that the configuration names; complete, or it throws. */
  list(tag: string, signal: AbortSignal): AsyncIterable<Machine>;
  /** Billable things of ours that are no machine and that none of ours uses; same tags. */
  leftovers(tag: string, signal: AbortSignal): AsyncIterable<Leftover>;
  /** "gone" also when it never existed; "going" when it is still in use and should be asked for again. */
  remove(leftover: Leftover, signal: AbortSignal): Promise<"gone" | "going">;
  /** Last output of the machine's console, "" while there is none. */
  console?(id: MachineId, signal: AbortSignal): Promise<string>;
  /** The first request of a plan, its secrets left out. */
  preview?(plan: MachinePlan, signal: AbortSignal): Promise<Preview>;
  identify(signal: AbortSignal): Promise<Identity>;
  /** Ends connections; the cloud is not used after it. */
  close?(): Promise<void>;
}

/** How a cloud is reached; each driver reads its own part. */
export interface CloudConfig {
  /** Regions of the flags, portable or native; empty: the driver's own setting. */
  readonly regions: readonly Wanted[];
  /** Look-ups go over every region of the account. */
  readonly allRegions: boolean;
  /** `exec:PROGRAM`: the program. */
  readonly program?: string | undefined;
  /** `ssh`: `user@host:port`, in the order of preference. */
  readonly hosts?: readonly string[] | undefined;
  /** `ssh`: files of private keys and of known hosts; defaults are those of the user. */
  readonly sshKeyFile?: string | undefined;
  readonly knownHostsFile?: string | undefined;
  /** `kubernetes` */
  readonly namespace?: string | undefined;
  readonly context?: string | undefined;
}

/** Opens a driver: cheap and offline; throws `ConfigError` with every missing or contradictory setting. */
export type OpenCloud = (config: CloudConfig, host: Host) => Cloud;
