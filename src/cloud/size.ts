import { CapacityError, ConfigError } from "../core/error.ts";
import { suggest } from "../core/suggest.ts";
import type { GpuWish, MachineWish } from "./contract.ts";

/** Clouds that sell machines by type; their columns of the tables below. */
export type Seller = "aws" | "gcp" | "azure" | "ali";

/** A native type, and the GPUs that it brings. */
export interface Sized {
  readonly type: string;
  /** Portable name of the model. */
  readonly gpu: { readonly model: string; readonly count: number } | null;
}

/** `s` 1–2 processors, `m` 8 and 32 GB, `l` 32 and 128 GB, `xl` 64 and 256 GB; with a GPU 1, 1, 4 and 8 of them. */
export const sizes = ["s", "m", "l", "xl"] as const;
export type Size = (typeof sizes)[number];

const gpusOfSize: Readonly<Record<Size, number>> = { s: 1, m: 1, l: 4, xl: 8 };

/** Processors and GB of a portable size, for clouds that take numbers. */
export const shapes: Readonly<Record<Size, { readonly cpus: number; readonly memoryGb: number }>> = {
  s: { cpus: 1, memoryGb: 1 },
  m: { cpus: 8, memoryGb: 32 },
  l: { cpus: 32, memoryGb: 128 },
  xl: { cpus: 64, memoryGb: 256 },
};

/** Types without a GPU, the first is the default; the predecessor's come last. */
export const plainTypes: Readonly<Record<Seller, Readonly<Record<Size, readonly string[]>>>> = {
  aws: {
    s: ["t3.small", "t2.micro"],
    m: ["m7i.2xlarge", "m6i.2xlarge", "m7a.2xlarge", "m5.2xlarge"],
    l: ["m7i.8xlarge", "m6i.8xlarge", "m7a.8xlarge", "m5.8xlarge"],
    xl: ["m7i.16xlarge", "m6i.16xlarge", "m7a.16xlarge", "m5.16xlarge"],
  },
  gcp: {
    s: ["e2-small", "g1-small"],
    m: ["e2-standard-8", "n2-standard-8", "e2-custom-8-32768"],
    l: ["e2-standard-32", "n2-standard-32", "e2-custom-32-131072"],
    xl: ["n2-standard-64", "n2-custom-64-262144"],
  },
  azure: {
    s: ["Standard_B2s", "Standard_B1s"],
    m: ["Standard_D8s_v5", "Standard_D8as_v5", "Standard_F8s_v2"],
    l: ["Standard_D32s_v5", "Standard_D32as_v5", "Standard_F32s_v2"],
    xl: ["Standard_D64s_v5", "Standard_D64as_v5", "Standard_F64s_v2"],
  },
  ali: {
    s: ["ecs.e-c1m2.large", "ecs.t6-c1m2.large"],
    m: ["ecs.g7.2xlarge", "ecs.g8i.2xlarge", "ecs.g6.2xlarge"],
    l: ["ecs.g7.8xlarge", "ecs.g8i.8xlarge"],
    xl: ["ecs.g7.16xlarge", "ecs.g8i.16xlarge"],
  },
};

/** Arm counterparts, where the cloud has them. */
export const armTypes: Readonly<Partial<Record<Seller, Readonly<Record<Size, readonly string[]>>>>> = {
  aws: {
    s: ["t4g.small"],
    m: ["m7g.2xlarge", "m6g.2xlarge"],
    l: ["m7g.8xlarge", "m6g.8xlarge"],
    xl: ["m7g.16xlarge", "m6g.16xlarge"],
  },
};

type Counts = Readonly<Record<number, readonly string[]>>;

interface Gpu {
  /** GB of memory of one. */
  readonly memoryGb: number;
  readonly types: Readonly<Partial<Record<Seller, Counts>>>;
}

/** Types of each GPU by how many of it they bring, smallest first. */
export const gpus: Readonly<Record<string, Gpu>> = {
  t4: {
    memoryGb: 16,
    types: {
      aws: {
        1: ["g4dn.xlarge", "g4dn.2xlarge", "g4dn.4xlarge", "g4dn.8xlarge", "g4dn.16xlarge"],
        4: ["g4dn.12xlarge"],
        8: ["g4dn.metal"],
      },
      gcp: { 1: ["n1-standard-4", "n1-standard-8"], 2: ["n1-standard-8"], 4: ["n1-standard-16"] },
      azure: { 1: ["Standard_NC4as_T4_v3", "Standard_NC8as_T4_v3", "Standard_NC16as_T4_v3"], 4: ["Standard_NC64as_T4_v3"] },
      ali: {
        1: ["ecs.gn6i-c4g1.xlarge", "ecs.gn6i-c8g1.2xlarge", "ecs.gn6i-c16g1.4xlarge", "ecs.gn6i-c24g1.6xlarge"],
        2: ["ecs.gn6i-c24g1.12xlarge"],
        4: ["ecs.gn6i-c24g1.24xlarge"],
      },
    },
  },
  l4: {
    memoryGb: 24,
    types: {
      aws: {
        1: ["g6.xlarge", "g6.2xlarge", "g6.4xlarge", "g6.8xlarge", "g6.16xlarge"],
        4: ["g6.12xlarge", "g6.24xlarge"],
        8: ["g6.48xlarge"],
      },
      gcp: {
        1: ["g2-standard-4", "g2-standard-8", "g2-standard-12", "g2-standard-16", "g2-standard-32"],
        2: ["g2-standard-24"],
        4: ["g2-standard-48"],
        8: ["g2-standard-96"],
      },
    },
  },
  a10: {
    memoryGb: 24,
    types: {
      aws: {
        1: ["g5.xlarge", "g5.2xlarge", "g5.4xlarge", "g5.8xlarge", "g5.16xlarge"],
        4: ["g5.12xlarge", "g5.24xlarge"],
        8: ["g5.48xlarge"],
      },
      azure: { 1: ["Standard_NV36ads_A10_v5"], 2: ["Standard_NV72ads_A10_v5"] },
      ali: {
        1: ["ecs.gn7i-c8g1.2xlarge", "ecs.gn7i-c16g1.4xlarge", "ecs.gn7i-c32g1.8xlarge"],
        2: ["ecs.gn7i-c32g1.16xlarge", "ecs.gn7i-2x.8xlarge"],
        4: ["ecs.gn7i-c32g1.32xlarge", "ecs.gn7i-4x.8xlarge"],
        8: ["ecs.gn7i-8x.32xlarge"],
      },
    },
  },
  l40s: {
    memoryGb: 48,
    types: {
      aws: {
        1: ["g6e.xlarge", "g6e.2xlarge", "g6e.4xlarge", "g6e.8xlarge", "g6e.16xlarge"],
        4: ["g6e.12xlarge", "g6e.24xlarge"],
        8: ["g6e.48xlarge"],
      },
    },
  },
  v100: {
    memoryGb: 16,
    types: {
      aws: { 1: ["p3.2xlarge"], 4: ["p3.8xlarge"], 8: ["p3.16xlarge", "p3dn.24xlarge"] },
      gcp: { 1: ["n1-standard-8"], 2: ["n1-standard-16"], 4: ["n1-standard-32"], 8: ["n1-standard-64"] },
      ali: {
        1: ["ecs.gn6v-c8g1.2xlarge"],
        2: ["ecs.gn6v-c8g1.4xlarge"],
        4: ["ecs.gn6v-c8g1.8xlarge"],
        8: ["ecs.gn6v-c8g1.16xlarge"],
      },
    },
  },
  a100: {
    memoryGb: 40,
    types: {
      aws: { 8: ["p4d.24xlarge"] },
      gcp: { 1: ["a2-highgpu-1g"], 2: ["a2-highgpu-2g"], 4: ["a2-highgpu-4g"], 8: ["a2-highgpu-8g"] },
      azure: { 8: ["Standard_ND96asr_v4"] },
      ali: { 1: ["ecs.gn7-c12g1.3xlarge"], 4: ["ecs.gn7-c13g1.13xlarge"], 8: ["ecs.gn7-c13g1.26xlarge"] },
    },
  },
  "a100-80gb": {
    memoryGb: 80,
    types: {
      aws: { 8: ["p4de.24xlarge"] },
      gcp: { 1: ["a2-ultragpu-1g"], 2: ["a2-ultragpu-2g"], 4: ["a2-ultragpu-4g"], 8: ["a2-ultragpu-8g"] },
      azure: {
        1: ["Standard_NC24ads_A100_v4"],
        2: ["Standard_NC48ads_A100_v4"],
        4: ["Standard_NC96ads_A100_v4"],
        8: ["Standard_ND96amsr_A100_v4"],
      },
      ali: {
        1: ["ecs.gn7e-c16g1.4xlarge"],
        2: ["ecs.gn7e-c16g1.8xlarge"],
        4: ["ecs.gn7e-c16g1.16xlarge"],
        8: ["ecs.gn7e-c16g1.32xlarge"],
      },
    },
  },
  h100: {
    memoryGb: 80,
    types: {
      aws: { 1: ["p5.4xlarge"], 8: ["p5.48xlarge"] },
      gcp: { 1: ["a3-highgpu-1g"], 2: ["a3-highgpu-2g"], 4: ["a3-highgpu-4g"], 8: ["a3-highgpu-8g"] },
      azure: { 1: ["Standard_NC40ads_H100_v5"], 2: ["Standard_NC80adis_H100_v5"], 8: ["Standard_ND96isr_H100_v5"] },
    },
  },
  h200: {
    memoryGb: 141,
    types: {
      aws: { 8: ["p5en.48xlarge", "p5e.48xlarge"] },
      gcp: { 8: ["a3-ultragpu-8g"] },
      azure: { 8: ["Standard_ND96isr_H200_v5"] },
    },
  },
  b200: { memoryGb: 180, types: { aws: { 8: ["p6-b200.48xlarge"] }, gcp: { 8: ["a4-highgpu-8g"] } } },
};

/** Other names of a model, in the form of `plainName`. */
const sameGpu: Readonly<Record<string, string>> = {
  a10g: "a10",
  tesla: "v100",
  a10080gb: "a100-80gb",
  a10080: "a100-80gb",
  a100sxm480gb: "a100-80gb",
  h10080gb: "h100",
};

/** No cloud sells these any more; the nearest that one does. */
const retiredGpu: Readonly<Record<string, string>> = { k80: "t4", p100: "t4", p4: "t4", m60: "t4" };

/** A GPU as a flag has it: `t4`, `NVIDIA-Tesla-T4:2`, `any:4`, `nogpu`. Unknown models stay as they are: Kubernetes and programs have names of their own. */
export function parseGpu(text: string): GpuWish | null {
  const match = /^(.*?)(?::(\d+))?$/.exec(text.trim());
  const name = match?.[1] ?? "";
  const count = match?.[2] === undefined ? 1 : Number(match[2]);
  if (["", "nogpu", "none", "no", "0"].includes(name.toLowerCase())) return null;
  if (count < 1 || count > 16) throw new ConfigError(`\`--cloud-gpu\` asks for ${count} GPUs; 1 to 16 are possible: \`${text}\``);
  return { model: name.toLowerCase() === "any" ? null : name, count };
}

/** Portable name of a model, null when it has none. `ConfigError` for a model that no cloud sells. */
export function portableGpu(model: string): string | null {
  const name = plainName(model);
  const retired = retiredGpu[name];
  if (retired !== undefined)
    throw new ConfigError(`no cloud sells the GPU \`${model}\` any more`, { hint: `the nearest is \`--cloud-gpu ${retired}\`` });
  return sameGpu[name] ?? Object.keys(gpus).find((each) => plainName(each) === name) ?? null;
}

/** Case-blind and without the maker's words: `NVIDIA-Tesla_T4` is `t4`. `tesla` alone meant the V100. */
function plainName(model: string): string {
  const short = model
    .toLowerCase()
    .replace(/[-_ ]/g, "")
    .replace(/^nvidia/, "");
  return short === "tesla" ? short : short.replace(/^tesla/, "");
}

export function isSize(word: string): word is Size {
  return sizes.some((size) => size === word);
}

/**
 * Native types for a wish, best first: portable sizes by the tables, with as many GPUs as asked for and never silently more; other words are native
 * types and pass through. `ConfigError` with near names for an unknown GPU, `CapacityError` where no type has that number.
 */
export function nativeTypes(seller: Seller, wish: Pick<MachineWish, "sizes" | "gpu" | "architecture">): Sized[] {
  const words = wish.sizes.length === 0 ? [wish.gpu === null ? "s" : "m"] : wish.sizes;
  return words.flatMap((word) => {
    // `m+t4` is the predecessor's way of saying both.
    const [size = "", model] = word.split("+");
    const gpu = model === undefined ? wish.gpu : { model, count: wish.gpu?.count ?? 1 };
    if (!isSize(size)) return [{ type: size, gpu: known(seller, size) }];
    return gpu === null ? plain(seller, size, wish.architecture) : withGpu(seller, size, gpu, wish.sizes.length > 0);
  });
}

function plain(seller: Seller, size: Size, architecture: "x64" | "arm64"): Sized[] {
  const found = architecture === "arm64" ? armTypes[seller]?.[size] : plainTypes[seller][size];
  if (found === undefined)
    throw new ConfigError(`size \`${size}\` has no arm64 type on this cloud`, { hint: "name one with --cloud-type" });
  return found.map((type) => ({ type, gpu: null }));
}

function withGpu(seller: Seller, size: Size, wish: GpuWish, isSized: boolean): Sized[] {
  const model = wish.model === null ? (anyGpu[seller] ?? "t4") : portableGpu(wish.model);
  if (model === null) throw unknownGpu(wish.model ?? "");
  const counts = gpus[model]?.types[seller];
  if (counts === undefined)
    throw new CapacityError(`this cloud has no GPU \`${model}\``, { scope: "cloud", hint: `it has ${sold(seller).join(", ")}` });
  const count = Math.max(wish.count, isSized ? gpusOfSize[size] : 1);
  const types = counts[count];
  if (types !== undefined) return types.map((type) => ({ type, gpu: { model, count } }));
  const offered = Object.keys(counts).join(", ");
  throw new CapacityError(`no type of this cloud has ${count} × ${model}: it is sold by ${offered}`, {
    scope: "cloud",
    hint: `ask for \`--cloud-gpu ${model}:${Object.keys(counts)[0]}\`, or name the type with --cloud-type`,
  });
}

const anyGpu: Readonly<Record<Seller, string>> = { aws: "t4", gcp: "t4", azure: "t4", ali: "t4" };

/** What a native type brings, where the tables know it. */
function known(seller: Seller, type: string): Sized["gpu"] {
  for (const [model, { types }] of Object.entries(gpus)) {
    for (const [count, names] of Object.entries(types[seller] ?? {})) {
      // On Google Cloud a GPU is added to a plain type, which says nothing by itself.
      if (names.includes(type) && !type.startsWith("n1-")) return { model, count: Number(count) };
    }
  }
  return null;
}

function sold(seller: Seller): string[] {
  return Object.entries(gpus)
    .filter(([, { types }]) => types[seller] !== undefined)
    .map(([model]) => model);
}

function unknownGpu(model: string): ConfigError {
  const near = suggest(plainName(model), Object.keys(gpus));
  return new ConfigError(`unknown GPU: \`${model}\``, {
    hint: near === undefined ? `known: ${Object.keys(gpus).join(", ")}` : `did you mean \`${near}\`?`,
  });
}

/** `ConfigError` with near words for a size that is neither portable nor shaped like a native type. */
export function checkSize(word: string): void {
  const [size = ""] = word.split("+");
  if (isSize(size) || /[.\d_-]/.test(size)) return;
  const near = suggest(size, [...sizes, "xl"]);
  throw new ConfigError(`unknown size: \`${word}\``, {
    hint:
      near === undefined
        ? `known: ${sizes.join(", ")}, or a type of the cloud`
        : `did you mean \`${near}\`? known: ${sizes.join(", ")}, or a type of the cloud`,
  });
}
