import { vegaProgram } from "./vega-program.ts";

export default vegaProgram("vg2png");
