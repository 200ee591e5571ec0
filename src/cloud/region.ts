import { ConfigError } from "../core/error.ts";
import { suggest } from "../core/suggest.ts";
import type { Seller } from "./size.ts";

/** Portable regions; the first of a row is home, the others are for failover when the user asks for it. */
export const regions: Readonly<Record<string, Readonly<Partial<Record<Seller, readonly string[]>>>>> = {
  "us-east": {
    aws: ["us-east-1", "us-east-2"],
    gcp: ["us-east1", "us-east4", "us-central1"],
    azure: ["eastus", "eastus2"],
    ali: ["us-east-1"],
  },
  "us-west": {
    aws: ["us-west-2", "us-west-1"],
    gcp: ["us-west1", "us-west4"],
    azure: ["westus2", "westus3"],
    ali: ["us-west-1"],
  },
  "eu-north": { aws: ["eu-north-1"], gcp: ["europe-north1"], azure: ["northeurope", "swedencentral"], ali: ["eu-central-1"] },
  "eu-west": {
    aws: ["eu-west-1", "eu-central-1"],
    gcp: ["europe-west1", "europe-west4"],
    azure: ["westeurope"],
    ali: ["eu-central-1", "eu-west-1"],
  },
  "ap-southeast": { aws: ["ap-southeast-1"], gcp: ["asia-southeast1"], azure: ["southeastasia"], ali: ["ap-southeast-1"] },
  "ap-northeast": { aws: ["ap-northeast-1"], gcp: ["asia-northeast1"], azure: ["japaneast"], ali: ["ap-northeast-1"] },
  cn: { ali: ["cn-hangzhou", "cn-shanghai", "cn-beijing"] },
};

/** Taken when neither flag nor setting names a region, as the predecessor did. */
export const defaultRegion = "us-west";

export interface Place {
  readonly region: string;
  /** The user pinned it. */
  readonly zone: string | null;
}

/**
 * Native places of a region as the user wrote it: the home of a portable name (all of its row with `failover`), or the native name itself, whose
 * zone may follow in the cloud's own form. `ConfigError` with near names for a word that is neither.
 */
export function placesOf(seller: Seller, word: string, failover = false): Place[] {
  const row = Object.hasOwn(regions, word) ? regions[word] : undefined;
  if (row === undefined) return [nativePlace(seller, word)];
  const natives = row[seller];
  if (natives === undefined)
    throw new ConfigError(`region \`${word}\` is not one of this cloud`, { hint: `it has ${portableOf(seller).join(", ")}` });
  return (failover ? natives : natives.slice(0, 1)).map((region) => ({ region, zone: null }));
}

const zoneForms: Readonly<Record<Seller, RegExp>> = {
  aws: /^([a-z]{2}(?:-[a-z]+)+-\d+)([a-z])$/,
  gcp: /^([a-z]+-[a-z]+\d+)-([a-z])$/,
  azure: /^([a-z]+\d*)-(\d)$/,
  ali: /^([a-z]{2}-[a-z]+(?:-\d+)?)-([a-z])$/,
};
const nativeForms: Readonly<Record<Seller, RegExp>> = {
  aws: /^[a-z]{2}(-[a-z]+)+-\d+$/,
  gcp: /^[a-z]+-[a-z]+\d+$/,
  azure: /^[a-z]{4,}\d*$/,
  ali: /^[a-z]{2}-[a-z]+(-\d+)?$/,
};

function nativePlace(seller: Seller, word: string): Place {
  const zoned = zoneForms[seller].exec(word);
  if (zoned?.[1] !== undefined) return { region: zoned[1], zone: word };
  if (nativeForms[seller].test(word)) return { region: word, zone: null };
  const natives = Object.values(regions).flatMap((row) => row[seller] ?? []);
  const near = suggest(word, [...portableOf(seller), ...natives]);
  throw new ConfigError(`unknown region: \`${word}\``, {
    hint: near === undefined ? `known: ${portableOf(seller).join(", ")}, or a region of the cloud` : `did you mean \`${near}\`?`,
  });
}

function portableOf(seller: Seller): string[] {
  return Object.entries(regions)
    .filter(([, row]) => row[seller] !== undefined)
    .map(([name]) => name);
}
