import { UsageError } from "../../core/error.ts";
import { inferForge, needToken } from "../../forge/infer.ts";
import type { ForgeConfig } from "../../forge/contract.ts";
import { openForge } from "../../forge/registry.ts";
import { resolveTarget } from "../../forge/target.ts";
import type { Host } from "../../host/host.ts";
import { type CommentWish, postFile } from "../../report/comment-file.ts";
import type { Place, Posted } from "../../report/sticky.ts";
import { watchFile } from "../../report/watch.ts";
import type { App } from "../kit/command.ts";
import type { CommentOptions } from "./comment-option.ts";

/** Posts a Markdown file as a comment and prints its address. */
export async function runComment(name: string, options: CommentOptions, file: string, app: App): Promise<void> {
  const { host, globals } = app;
  const wish = wishOf(options, file, host);
  const located = await inferForge(host, globals);
  const open = async (world: Host): Promise<Place> => {
    needToken(located);
    const forge = await openForge(located, world);
    const target = await resolveTarget(targetOf(options), { forge, host: world, signal: world.signal });
    return { forge, target, host: world, signal: world.signal, store: wish.store };
  };
  if (globals.dryRun) {
    host.log.info(
      `would ${wish.mode === "new" ? "add" : wish.mode} a comment on ${targetOf(options)} of ${located.config.repository.url}`,
    );
    return printPreview(file, wish, host);
  }
  const place = await open(host);
  if (!options.watch) return print(name, await postFile(wish, place), app);
  checkWatch(wish, located.config);
  let mode = wish.mode;
  await watchFile(host, { file, triggerFile: options.triggerFile }, async (world) => {
    const posted = await postFile({ ...wish, mode }, { ...(await open(world)), target: place.target });
    // What follows keeps the comment that was made first.
    mode = "update";
    print(name, posted, app);
  });
}

function wishOf(options: CommentOptions, file: string, host: Host): CommentWish {
  const isUpdate = options.update || options.mode === "update";
  if (isUpdate && options.rmWatermark)
    throw new UsageError("`--rm-watermark` leaves nothing to find the comment by: it can't be updated");
  const label = labelOf(options.watermarkTitle ?? "", host);
  return {
    file,
    key: options.key ?? (label === "" ? "comment" : `comment/${label}`),
    label,
    mode: options.mode ?? (options.update ? "update" : "new"),
    isUnmarked: options.rmWatermark,
    store: storeOf(options),
  };
}

/** The first `{workflow}` and `{run}` of a title, as the predecessor filled them in. */
function labelOf(title: string, { ci }: Host): string {
  return title.replace("{workflow}", ci.workflow ?? "").replace("{run}", ci.runId ?? "");
}

function storeOf(options: CommentOptions): string {
  if (!options.publish) return "none";
  if (options.store !== undefined) return options.store;
  return options.publishUrl === undefined || options.publishNative ? "auto" : `post+${options.publishUrl}`;
}

function targetOf(options: CommentOptions): string {
  if (options.commitSha !== undefined) return `commit/${options.commitSha}`;
  return options.pr ? "pr" : options.target;
}

function checkWatch(wish: CommentWish, config: ForgeConfig): void {
  if (wish.file === "-") throw new UsageError("`--watch` needs a file: stdin does not change");
  if (wish.isUnmarked)
    throw new UsageError(`\`--watch\` updates its comment on ${config.repository.url} and needs its watermark`);
}

async function printPreview(file: string, wish: CommentWish, host: Host): Promise<void> {
  const { readBody } = await import("../../report/comment-file.ts");
  host.out.write(await readBody(host, file));
  if (wish.store !== "none") host.log.info("local images would be published");
}

function print(name: string, posted: Posted, { host, globals }: App): void {
  if (posted.change === "unchanged" && posted.url !== "") host.log.info("the comment says the same already");
  if (posted.change === "older") host.log.warn("a newer run has written this comment: it is left as it is");
  const { url, id, change } = posted;
  if (globals.json)
    host.out.write(`${JSON.stringify({ version: 1, command: name, result: { url, id, change }, warnings: [] })}\n`);
  else if (url !== "") host.out.write(`${url}\n`);
}
