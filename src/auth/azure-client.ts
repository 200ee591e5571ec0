import { createHttpHeaders } from "@azure/core-rest-pipeline";
import type { HttpClient } from "@azure/core-rest-pipeline";
import type { Host } from "../host/host.ts";
import { libraryFetch } from "./library-fetch.ts";

/** Client for the pipelines of the Azure libraries that sends by our own. `onFailure` hears of what the libraries replace by words of theirs. */
export function azureClient(host: Host, onFailure: (cause: unknown) => void): HttpClient {
  const send = libraryFetch(host, "Azure");
  const fetch = (url: string, init: RequestInit): Promise<Response> =>
    send(url, init).catch((cause: unknown) => {
      onFailure(cause);
      throw cause;
    });
  return {
    async sendRequest(request) {
      const { body } = request;
      const answer = await fetch(request.url, {
        method: request.method,
        headers: request.headers.toJSON(),
        ...(typeof body === "string" ? { body } : {}),
      });
      return {
        request,
        status: answer.status,
        headers: createHttpHeaders(Object.fromEntries(answer.headers)),
        bodyAsText: await answer.text(),
      };
    },
  };
}
