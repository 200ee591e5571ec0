import { main } from "../src/main.ts";
import { realHost } from "../src/host/real.ts";
import { tuneForCharts } from "../src/host/tune.ts";

tuneForCharts();
const host = realHost(import.meta.url);
const code = await main(process.argv.slice(2), host);
await Promise.all([host.out.flush(), host.err.flush()]);
process.exit(code);
