declare const CML_VERSION: string | undefined;

/** Version of this program; the build replaces it by `--define`. */
export const version: string = typeof CML_VERSION === "undefined" ? "0.1.0-dev" : CML_VERSION;
