import type { OpenResponse } from "../host/http.ts";
import { contentOf } from "./content.ts";
import type { Content, Range } from "./contract.ts";

/** The part of an answer that was asked for: a server without ranges sends everything, and what precedes is dropped on the way. */
export function rangedContent(response: OpenResponse, range: Range | undefined): Content {
  const content = contentOf(response);
  if (range === undefined || response.status !== 200) return content;
  const stream = (): ReadableStream<Uint8Array> => sliced(content.stream(), range);
  return {
    totalBytes: content.totalBytes,
    stream,
    bytes: async () => new Uint8Array(await new Response(stream()).arrayBuffer()),
    discard: content.discard,
  };
}

function sliced(source: ReadableStream<Uint8Array>, { start, end }: Range): ReadableStream<Uint8Array> {
  const reader = source.getReader();
  let position = 0;
  return new ReadableStream({
    async pull(controller) {
      for (;;) {
        const next = await reader.read();
        if (next.done) {
          controller.close();
          return;
        }
        const from = position;
        position += next.value.length;
        const part = next.value.subarray(Math.max(0, start - from), Math.max(0, end - from));
        if (part.length > 0) controller.enqueue(part);
        if (position >= end) {
          await reader.cancel();
          controller.close();
          return;
        }
        if (part.length > 0) return;
      }
    },
    cancel: () => reader.cancel(),
  });
}
