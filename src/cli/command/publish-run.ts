import { basename, extname } from "node:path";
import { InputError, UsageError } from "../../core/error.ts";
import type { CommentTarget, Forge, Image } from "../../forge/contract.ts";
import { inferForge, needToken } from "../../forge/infer.ts";
import { openForge } from "../../forge/registry.ts";
import { resolveTarget } from "../../forge/target.ts";
import type { Host } from "../../host/host.ts";
import { imageChain, isOwnStore } from "../../publish/chain.ts";
import { imageType, typeOfName } from "../../publish/media.ts";
import type { App } from "../kit/command.ts";

export interface PublishOptions {
  readonly md: boolean;
  readonly html: boolean;
  readonly title: string | undefined;
  readonly store: string | undefined;
  readonly target: string;
  readonly mimeType: string | undefined;
  readonly native: boolean;
  readonly url: string | undefined;
  readonly file: string | undefined;
}

/** Larger files are for a release or a DVC remote. */
const limitBytes = 100 * 1024 * 1024;

/** Publishes files (or stdin) in one batch and prints a line each. */
export async function runPublish(options: PublishOptions, operands: readonly string[], app: App): Promise<void> {
  const { host, globals } = app;
  const images = await Promise.all(namesOf(operands, host).map((name) => read(name, options, host)));
  const store = options.store ?? (options.url === undefined || options.native ? "auto" : `post+${options.url}`);
  if (store === "none") throw new UsageError("`--store none` publishes nothing");
  if (globals.dryRun) {
    for (const image of images)
      host.log.info(`would publish \`${image.name}\` (${image.mediaType}, ${image.bytes.length} bytes)`);
    return;
  }
  const place = isOwnStore(store) ? { forge: null, target: nowhere } : await forgeOf(options.target, app);
  const put = imageChain(store, { ...place, host, signal: host.signal });
  if (put === null)
    throw new InputError(`${place.forge?.title ?? "no forge"} has no place for images`, {
      hint: "give one: --store post+https://…",
    });
  const urls = await put(images);
  const results = images.map((image, index) => ({ file: image.name, url: urls[index] ?? "", mediaType: image.mediaType }));
  const text = globals.json
    ? `${JSON.stringify({ version: 1, command: "publish", result: results, warnings: [] })}\n`
    : results.map(({ file, url, mediaType }) => `${tag({ name: file, url, mediaType }, options)}\n`).join("");
  if (options.file === undefined) host.out.write(text);
  else await host.file.append(options.file, text);
}

const nowhere: CommentTarget = { kind: "commit", sha: "" };

async function forgeOf(target: string, { host, globals }: App): Promise<{ forge: Forge; target: CommentTarget }> {
  const located = await inferForge(host, globals);
  needToken(located);
  const forge = await openForge(located, host);
  return { forge, target: await resolveTarget(target, { forge, host, signal: host.signal }) };
}

/** `cml-publish` of old workflows takes a pipe without being told. */
function namesOf(operands: readonly string[], host: Host): readonly string[] {
  if (operands.length > 0) return operands;
  if (!host.stdin.isTerminal) return ["-"];
  throw new UsageError("nothing to publish: give a file, or an image on stdin");
}

async function read(name: string, options: PublishOptions, host: Host): Promise<Image> {
  const bytes = name === "-" ? await host.stdin.bytes() : await host.file.read(name, { limitBytes });
  if (bytes === null) throw new InputError(`no such file: \`${name}\``);
  if (bytes.length === 0) throw new InputError(`nothing to publish: \`${name === "-" ? "stdin" : name}\` is empty`);
  const mediaType = options.mimeType ?? imageType(bytes) ?? typeOfName(name);
  if (mediaType === "image/svg+xml") {
    const { pngOfSvg } = await import("../../report/svg-image.ts");
    return pngOfSvg({ name: name === "-" ? "image.svg" : basename(name), mediaType, bytes }, host);
  }
  return { name: name === "-" ? `image${extensionOf(mediaType)}` : basename(name), mediaType, bytes };
}

function extensionOf(mediaType: string): string {
  const [kind = "", form = ""] = mediaType.split("/");
  return kind === "image" ? `.${form.replace("jpeg", "jpg")}` : ".bin";
}

interface Published {
  readonly name: string;
  readonly url: string;
  readonly mediaType: string;
}

/** An image tag for what a browser shows in place, a link for the rest. */
function tag({ name, url, mediaType }: Published, options: PublishOptions): string {
  const isShown = /^(?:image|video)\//.test(mediaType);
  const words = options.title ?? basename(name, extname(name));
  if (options.md) {
    const title = options.title === undefined ? "" : ` "${options.title.replace(/["\\]/g, "\\$&")}"`;
    return isShown ? `![${markdownWords(words)}](${url}${title})` : `[${markdownWords(options.title ?? name)}](${url})`;
  }
  if (!options.html) return url;
  const title = options.title === undefined ? "" : ` title="${htmlWords(options.title)}"`;
  return isShown
    ? `<img src="${htmlWords(url)}" alt="${htmlWords(words)}"${title}>`
    : `<a href="${htmlWords(url)}">${htmlWords(options.title ?? name)}</a>`;
}

function markdownWords(text: string): string {
  return text.replace(/\s+/g, " ").replace(/[\\[\]<&`*_!]/g, "\\$&");
}

function htmlWords(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
