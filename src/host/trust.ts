import { ConfigError } from "../core/error.ts";

export type Fetch = (url: string, options: RequestInit) => Promise<Response>;

/**
 * `fetch` that also trusts the certificates of a PEM file. Under Bun the `tls` option of a request replaces all roots, hence the built-in
 * ones are joined to it; Deno takes a client made for the purpose. Without a file the runtime's own `fetch` is called, looked up each time.
 */
export function trustedFetch(caFile: string | undefined): Fetch {
  if (caFile === undefined) return (url, options) => globalThis.fetch(url, options);
  let extra: Promise<object> | undefined;
  return async (url, options) => {
    // Bun reads the certificates anew for every request, also where none is needed.
    if (url.startsWith("http:")) return globalThis.fetch(url, options);
    return globalThis.fetch(url, { ...options, ...(await (extra ??= trustOptions(caFile, true))) });
  };
}

/** `fetch` that trusts the certificates of a PEM file and no others, as the bundles that stores name are understood. */
export function bundleFetch(caFile: string): Fetch {
  let bundle: Promise<object> | undefined;
  return async (url, options) => {
    if (url.startsWith("http:")) return globalThis.fetch(url, options);
    return globalThis.fetch(url, { ...options, ...(await (bundle ??= trustOptions(caFile, false))) });
  };
}

async function trustOptions(caFile: string, isAddition: boolean): Promise<object> {
  const { readFile } = await import("node:fs/promises");
  const own = await readFile(caFile, "utf8").catch((cause: unknown) => {
    throw new ConfigError(`cannot read the certificates in \`${caFile}\``, {
      cause,
      hint: "the file is named by `--ca-file`, `CML_CA_FILE` or `CI_SERVER_TLS_CA_FILE`",
    });
  });
  if (!own.includes("-----BEGIN CERTIFICATE-----")) throw new ConfigError(`no PEM certificate in \`${caFile}\``);
  const deno: unknown = Reflect.get(globalThis, "Deno");
  if (typeof deno === "object" && deno !== null) {
    const create: unknown = Reflect.get(deno, "createHttpClient");
    if (typeof create === "function") return { client: Reflect.apply(create, deno, [{ caCerts: [own] }]) };
  }
  const { getCACertificates } = await import("node:tls");
  // One buffer: Bun takes a list apart for every request.
  return { tls: { ca: Buffer.from(isAddition ? [...getCACertificates("default"), own].join("\n") : own) } };
}
