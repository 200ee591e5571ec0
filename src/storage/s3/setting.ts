import { profileFiles, readProfile } from "../../auth/aws-profile.ts";
import type { AwsProfile } from "../../auth/aws-profile.ts";
import { awsCredentials } from "../../auth/aws.ts";
import type { AwsKeys } from "../../auth/aws-sign.ts";
import { fixed } from "../../auth/credential.ts";
import type { CredentialSource } from "../../auth/credential.ts";
import { ConfigError } from "../../core/error.ts";
import type { Host } from "../../host/host.ts";
import type { OpenTls } from "../../host/http.ts";
import type { StoreConfig } from "../contract.ts";
import { flagOption, numberOption, secretOption, textOption } from "../option.ts";
import { protection } from "./protection.ts";
import type { Protection } from "./protection.ts";

/** What is known without reading a file. */
export interface Setting {
  readonly credentials: CredentialSource<AwsKeys | null>;
  readonly protection: Protection;
  readonly tls: OpenTls;
  readonly idleMs: number | null;
  readonly requesterPays: boolean;
  /** Completed by the profile; read once. */
  place(): Promise<Place>;
}

/** Where requests go. */
export interface Place {
  /** `http://host:port` of a given endpoint, null for AWS itself. */
  readonly endpoint: string | null;
  /** Null when nothing names it: the server will tell. */
  readonly region: string | null;
  readonly style: "path" | "virtual" | "auto";
  readonly useSsl: boolean;
  /** Sizes of the profile's `s3` block. */
  readonly partBytes: number | null;
  readonly singleBytes: number | null;
}

/** Options of DVC's S3 remotes: https://dvc.org/doc/user-guide/data-management/remote-storage/amazon-s3 */
export function readSetting(config: StoreConfig, host: Host): Setting {
  const text = (name: string): string | null => textOption(config, name);
  const files = profileFiles(host, { config: text("configpath"), credentials: text("credentialpath") });
  const profile = text("profile");
  let placed: Promise<Place> | undefined;
  const place = (): Promise<Place> =>
    (placed ??= readProfile(host, files, profile ?? host.env.get("AWS_PROFILE") ?? "default").then((found) =>
      placeOf(config, found, host),
    ));
  const region = async (): Promise<string> => (await place()).region ?? "us-east-1";
  const keys = {
    id: secretOption(config, "access_key_id"),
    secret: secretOption(config, "secret_access_key"),
    token: secretOption(config, "session_token"),
  };
  return {
    credentials:
      flagOption(config, "allow_anonymous_login") === true
        ? fixed(null)
        : awsCredentials({ ...keys, profile, files, source: config.source }, region, host),
    protection: protection(config),
    tls: tlsOf(config, host),
    idleMs: idleMs(config),
    requesterPays: flagOption(config, "requester_pays") === true,
    place,
  };
}

function placeOf(config: StoreConfig, profile: AwsProfile, host: Host): Place {
  const { env } = host;
  const style = profile.s3.get("addressing_style");
  const given = textOption(config, "endpointurl") ?? environmentEndpoint(host) ?? profile.endpointUrl;
  const useSsl = flagOption(config, "use_ssl") ?? true;
  return {
    endpoint: given === null ? null : origin(given, useSsl, config.source),
    region: textOption(config, "region") ?? env.get("AWS_REGION") ?? env.get("AWS_DEFAULT_REGION") ?? profile.region,
    style: style === "path" || style === "virtual" ? style : "auto",
    useSsl,
    partBytes: bytesOf(profile.s3.get("multipart_chunksize")),
    singleBytes: bytesOf(profile.s3.get("multipart_threshold")),
  };
}

function environmentEndpoint({ env }: Host): string | null {
  if (env.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")?.toLowerCase() === "true") return null;
  return env.get("AWS_ENDPOINT_URL_S3") ?? env.get("AWS_ENDPOINT_URL") ?? null;
}

/** The endpoint without its trailing slash; a sub-path stays. */
export function origin(text: string, useSsl: boolean, source: string): string {
  const url = /^https?:\/\//i.test(text) ? text : `${useSsl ? "https" : "http"}://${text}`;
  if (!URL.canParse(url)) throw new ConfigError(`${source}: the endpoint is no address: \`${text}\``);
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname.replace(/\/+$/, "")}`;
}

function tlsOf(config: StoreConfig, host: Host): OpenTls {
  const verify = textOption(config, "ssl_verify");
  const bundle = host.env.get("AWS_CA_BUNDLE");
  // What the runtime trusts already is not read again.
  if (verify === null) return bundle === undefined || bundle === host.env.get("NODE_EXTRA_CA_CERTS") ? {} : { caFile: bundle };
  if (verify.toLowerCase() === "false") return { verify: false };
  return verify.toLowerCase() === "true" ? {} : { caFile: verify };
}

function idleMs(config: StoreConfig): number | null {
  const seconds = [numberOption(config, "read_timeout"), numberOption(config, "connect_timeout")].filter((one) => one !== null);
  return seconds.length === 0 ? null : Math.max(...seconds) * 1000;
}

/** `24MB` and the like, in powers of 1,024 as the AWS CLI reads them. */
function bytesOf(text: string | undefined): number | null {
  const [, digits = "", unit = ""] = /^(\d+)\s*([KMGT]?)i?B?$/i.exec(text ?? "") ?? [];
  return digits === "" ? null : Number(digits) * 1024 ** " KMGT".indexOf(unit === "" ? " " : unit.toUpperCase());
}
