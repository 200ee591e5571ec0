import { fileURLToPath } from "node:url";
import { UsageError } from "../../core/error.ts";
import { levels } from "../../host/log.ts";
import { openRenderer } from "../../render/renderer.ts";
import { version } from "../../version.ts";
import type { App } from "../kit/command.ts";
import { deliver, optionFile, picture, readChart, stdio } from "./render-run.ts";
import type { ProgramName, ProgramValues } from "./vega-program.ts";

const header =
  '<?xml version="1.0" encoding="utf-8"?>\n' +
  '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">\n';

/** As the program of that name does it, but for what is unsafe: addresses and code are refused, and a missing data file is an error. */
export async function runProgram(name: ProgramName, values: ProgramValues, operands: readonly string[], app: App): Promise<void> {
  if (values.version) return app.host.out.write(`${version}\n`);
  const logLevel = levels.find((level) => level === values.loglevel?.toLowerCase()) ?? "warn";
  const host = app.host.configured({ logLevel });
  const [spec = stdio, to = stdio] = operands;
  const chart = await readChart(host, spec, folderOf(values.base), name.startsWith("vl") ? "vega-lite" : "vega");
  const renderer = openRenderer(host, { timeoutMs: values.chartTimeout, memoryBytes: values.chartMemory });
  try {
    const drawn = await picture(renderer, chart, name.endsWith("png") ? "png" : "svg", {
      // The programs take 0 for "not given".
      scale: values.scale === 0 ? 1 : values.scale,
      ppi: values.ppi === 0 ? undefined : values.ppi,
      seed: values.seed,
      config: await optionFile(host, values.config, "--config"),
      numberLocale: await optionFile(host, values.format, "--format"),
      timeLocale: await optionFile(host, values.timeFormat, "--timeFormat"),
    });
    await deliver(host, to, values.header === true && typeof drawn === "string" ? header + drawn : drawn);
  } finally {
    renderer.close();
  }
}

/** `-b` is a folder or its `file:` address. */
function folderOf(base: string | undefined): string | undefined {
  if (base === undefined || base === "") return undefined;
  if (/^file:\/\//i.test(base)) return fileURLToPath(base);
  if (/^[a-z][a-z\d+.-]+:/i.test(base)) {
    throw new UsageError(`\`--base\` is a folder, charts read no address: \`${base}\``, { hint: "fetch the data files first" });
  }
  return base;
}
