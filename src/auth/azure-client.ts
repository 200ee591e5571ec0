import { createHttpHeaders } from "@azure/core-rest-pipeline";
import type { HttpClient } from "@azure/core-rest-pipeline";
import type { Host } from "../host/host.ts";
import { libraryFetch } from "./library-fetch.ts";

/** Client for the pipelines of the Azure libraries that sends by our own. */
export function azureClient(host: Host): HttpClient {
  const fetch = libraryFetch(host, "Azure");
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
