import { decode } from "../../core/decode.ts";
import type { Check, Checks, Repository } from "../contract.ts";
import type { Purpose } from "../failure.ts";
import type { Client } from "./client.ts";
import * as wire from "./wire.ts";

/** Title and summary are wanted together; `external_id` is how ours is found again: https://docs.github.com/en/rest/checks/runs */
export function checks(client: Client, repository: Repository): Checks {
  const purpose: Purpose = { what: `write a check of ${repository.owner}/${repository.name}`, needs: "checks: write" };
  async function existing(check: Check, signal: AbortSignal): Promise<number | null> {
    const path = `/commits/${encodeURIComponent(check.sha)}/check-runs`;
    for await (const page of client.pages(path, { signal, query: { check_name: check.name } }, purpose)) {
      const { check_runs } = decode(wire.checkRuns, page.json(), "checks of GitHub");
      const ours = check_runs.find((run) => run.external_id === check.key);
      if (ours !== undefined) return ours.id;
    }
    return null;
  }
  return {
    async put(check, signal) {
      const id = await existing(check, signal);
      const call = { signal, json: wireCheck(check, id === null) };
      const answer =
        id === null
          ? await client.request("/check-runs", { ...call, method: "POST" }, purpose)
          : await client.request(`/check-runs/${id}`, { ...call, method: "PATCH", idempotent: true }, purpose);
      return decode(wire.checkRun, answer.json(), "check of GitHub").html_url ?? repository.url;
    },
  };
}

function wireCheck(check: Check, isNew: boolean): Record<string, unknown> {
  return {
    name: check.name,
    ...(isNew ? { head_sha: check.sha } : {}),
    external_id: check.key,
    status: check.status,
    ...(check.conclusion === undefined ? {} : { conclusion: check.conclusion }),
    ...(check.detailsUrl === undefined ? {} : { details_url: check.detailsUrl }),
    output: { title: check.title, summary: check.summary },
  };
}
