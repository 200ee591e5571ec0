import { join } from "node:path";
import type { Host } from "../host/host.ts";

/** What a profile of the shared files says about addressing; credentials are the official library's matter. */
export interface AwsProfile {
  readonly region: string | null;
  readonly endpointUrl: string | null;
  /** The nested `s3 =` block. */
  readonly s3: ReadonlyMap<string, string>;
}

export interface ProfileFiles {
  readonly config: string | null;
  readonly credentials: string | null;
}

/** Where the shared files lie: the environment's word, the remote's option, the home folder. */
export function profileFiles(host: Host, options: { config: string | null; credentials: string | null }): ProfileFiles {
  const home = host.env.get("HOME") ?? host.env.get("USERPROFILE") ?? null;
  const inHome = (name: string): string | null => (home === null ? null : join(home, ".aws", name));
  return {
    config: host.env.get("AWS_CONFIG_FILE") ?? options.config ?? inHome("config"),
    credentials: host.env.get("AWS_SHARED_CREDENTIALS_FILE") ?? options.credentials ?? inHome("credentials"),
  };
}

/** Reads `[profile NAME]` of the config file, then `[NAME]` of the credentials file; missing files and profiles are empty. */
export async function readProfile(host: Host, files: ProfileFiles, name: string): Promise<AwsProfile> {
  const config = files.config === null ? null : await host.file.readText(files.config);
  const credentials = files.credentials === null ? null : await host.file.readText(files.credentials);
  const sections = readSections(config ?? "");
  const values = new Map([
    ...(readSections(credentials ?? "").get(name) ?? []),
    ...(sections.get(name === "default" ? "default" : `profile ${name}`) ?? sections.get(`profile ${name}`) ?? []),
  ]);
  const services = sections.get(`services ${values.get("services") ?? ""}`);
  return {
    region: values.get("region") ?? null,
    endpointUrl: services?.get("s3.endpoint_url") ?? values.get("endpoint_url") ?? null,
    s3: new Map(
      [...values].flatMap(([key, value]) => (key.startsWith("s3.") ? [[key.slice("s3.".length), value] as const] : [])),
    ),
  };
}

/** Sections with their values; those of an indented block as `block.name`. https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html */
function readSections(text: string): Map<string, Map<string, string>> {
  const sections = new Map<string, Map<string, string>>();
  let values = new Map<string, string>();
  let block = "";
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*([#;].*)?$/.test(line)) continue;
    const header = /^\s*\[\s*(.+?)\s*\]/.exec(line)?.[1];
    if (header !== undefined) {
      const key = header.replaceAll('"', "").replace(/\s+/g, " ");
      values = sections.get(key) ?? new Map<string, string>();
      sections.set(key, values);
      block = "";
      continue;
    }
    const [, indent = "", name = "", rest = ""] = /^(\s*)([^=\s]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (name === "") continue;
    const value = rest.replace(/\s+[#;].*$/, "");
    if (indent !== "" && block !== "") values.set(`${block}.${name.toLowerCase()}`, value);
    else if (value === "") block = name.toLowerCase();
    else {
      values.set(name.toLowerCase(), value);
      block = "";
    }
  }
  return sections;
}
