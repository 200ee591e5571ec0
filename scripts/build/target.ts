/** A platform we compile for: our name of it, Bun's name of the target, and the npm package that holds Bun's runtime for it. */
export interface Target {
  readonly name: string;
  readonly compile: Bun.Build.CompileTarget;
  readonly runtime: string;
  readonly suffix: "" | ".exe";
}

/** The eight platforms of a release. x64 is always the baseline build, which needs no AVX2. */
export const targets: readonly Target[] = [
  { name: "linux-x64-baseline", compile: "bun-linux-x64-baseline", runtime: "@oven/bun-linux-x64-baseline", suffix: "" },
  { name: "linux-arm64", compile: "bun-linux-arm64", runtime: "@oven/bun-linux-aarch64", suffix: "" },
  {
    name: "linux-x64-musl-baseline",
    compile: "bun-linux-x64-baseline-musl",
    runtime: "@oven/bun-linux-x64-musl-baseline",
    suffix: "",
  },
  { name: "linux-arm64-musl", compile: "bun-linux-arm64-musl", runtime: "@oven/bun-linux-aarch64-musl", suffix: "" },
  { name: "darwin-x64", compile: "bun-darwin-x64", runtime: "@oven/bun-darwin-x64", suffix: "" },
  { name: "darwin-arm64", compile: "bun-darwin-arm64", runtime: "@oven/bun-darwin-aarch64", suffix: "" },
  {
    name: "windows-x64-baseline",
    compile: "bun-windows-x64-baseline",
    runtime: "@oven/bun-windows-x64-baseline",
    suffix: ".exe",
  },
  { name: "windows-arm64", compile: "bun-windows-arm64", runtime: "@oven/bun-windows-aarch64", suffix: ".exe" },
];

export function fileName(target: Target): string {
  return `cml-${target.name}${target.suffix}`;
}
