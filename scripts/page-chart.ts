/**
 * Entry of the script that the HTML report carries: `cmlEmbed(element, spec, options)` draws one interactive chart.
 * Expressions run in vega-interpreter, so a strict content security policy needs no `unsafe-eval`, and every address is refused.
 */
import { loader } from "vega";
import embed, { type EmbedOptions, type VisualizationSpec } from "vega-embed";
import { expressionInterpreter } from "vega-interpreter";
import { mendInterpreter } from "../src/render/expression.ts";

mendInterpreter();

function refuse(uri: string): Promise<never> {
  return Promise.reject(new Error(`this page loads nothing from outside: ${uri}`));
}

const closed = { ...loader(), load: refuse, sanitize: refuse, http: refuse, file: refuse };

Object.assign(globalThis, {
  cmlEmbed: (element: HTMLElement | string, spec: VisualizationSpec, options: EmbedOptions = {}) =>
    embed(element, spec, { ...options, ast: true, expr: expressionInterpreter, loader: closed }),
});
