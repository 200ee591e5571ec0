import { vegaProgram } from "./vega-program.ts";

export default vegaProgram("vl2svg");
