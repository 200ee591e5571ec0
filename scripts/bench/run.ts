/**
 * Runs the benchmarks and writes BENCHMARKS.md.
 *
 *     npm run bench                 all
 *     npm run bench -- start chart  some; the other tables in BENCHMARKS.md stay as they are
 */
import { readFile, rm } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import { chart } from "./chart.ts";
import { data } from "./data.ts";
import { diff } from "./diff.ts";
import { place, root, type Place } from "./place.ts";
import { report } from "./report.ts";
import type { Row } from "./row.ts";
import { scale } from "./scale.ts";
import { start } from "./start.ts";

const benchmarks: Readonly<Record<string, { title: string; measure: (place: Place) => Promise<Row[]> }>> = {
  start: { title: "Start", measure: start },
  diff: { title: "Comparing two branches", measure: diff },
  chart: { title: "Charts", measure: chart },
  report: { title: "The report", measure: report },
  scale: { title: "Scale", measure: scale },
  data: { title: "Data", measure: data },
};

const file = join(root, "BENCHMARKS.md");

const head = `# Benchmarks

Measured by \`npm run bench\` on the compiled program, rivals in the same run, taken in turns; medians. Wall time, then peak memory of the process.
Ratios travel between machines, times do not. Each table says when and on what it was measured.
`;

function section(name: string, title: string, rows: readonly Row[]): string {
  const holds = (row: Row): string => (row.holds === null ? "not measured" : row.holds ? "yes" : "**no**");
  const lines = rows.map((row) => `| ${row.what} | ${row.ours} | ${row.rival} | ${row.ratio} | ${row.reach} | ${holds(row)} |`);
  const date = new Date().toISOString().slice(0, 10);
  const machine = `${cpus().length} cores (${cpus()[0]?.model.trim() ?? "unknown"}), ${process.platform} ${process.arch}`;
  return `<!-- ${name} -->\n## ${title}\n\n\`npm run bench -- ${name}\`, ${date}, ${machine}\n\n| what | ours | rival | ratio | to reach | holds |\n| --- | --- | --- | --- | --- | --- |\n${lines.join("\n")}\n<!-- /${name} -->\n`;
}

async function written(): Promise<Map<string, string>> {
  const text = await readFile(file, "utf8").catch(() => "");
  return new Map([...text.matchAll(/<!-- (\w+) -->\n[\s\S]*?<!-- \/\1 -->\n/g)].map((match) => [match[1] ?? "", match[0]]));
}

async function main(): Promise<void> {
  const chosen = process.argv.slice(2);
  const unknown = chosen.filter((name) => !Object.hasOwn(benchmarks, name));
  if (unknown.length > 0) throw new Error(`no benchmark ${unknown.join(", ")}: ${Object.keys(benchmarks).join(", ")}`);
  const shared = await place();
  const sections = await written();
  try {
    for (const [name, benchmark] of Object.entries(benchmarks)) {
      if (chosen.length > 0 && !chosen.includes(name)) continue;
      const rows = await benchmark.measure(shared);
      sections.set(name, section(name, benchmark.title, rows));
      for (const row of rows)
        console.log(
          `${row.holds === false ? "MISSED " : ""}${row.what}: ${row.ours} | ${row.rival} | ${row.ratio} (${row.reach})`,
        );
    }
  } finally {
    await rm(shared.work, { recursive: true, force: true });
  }
  await Bun.write(file, [head, ...Object.keys(benchmarks).flatMap((name) => sections.get(name) ?? [])].join("\n"));
}

main().catch((error: unknown) => {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
