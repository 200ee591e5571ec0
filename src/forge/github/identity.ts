import { decode } from "../../core/decode.ts";
import type { Host } from "../../host/host.ts";
import type { ForgeConfig, Identity } from "../contract.ts";
import type { Client } from "./client.ts";
import * as wire from "./wire.ts";

const purpose = { what: "ask GitHub whose token this is", needs: "read access" };

/** Installation tokens (`ghs_`, the job's own) get 403 from `/user`; GraphQL's viewer answers them with the bot's login. */
export async function identify(client: Client, config: ForgeConfig, host: Host, signal: AbortSignal): Promise<Identity | null> {
  if (config.token === undefined) return null;
  const isBot = config.token.reveal().startsWith("ghs_");
  if (!isBot) {
    const answer = await client.absolute(`${config.apiUrl}/user`, { signal, allow: [403, 404] }, purpose);
    if (answer.status === 200) {
      const user = decode(wire.account, answer.json(), "user of GitHub");
      return { login: user.login, id: String(user.id) };
    }
  }
  const call = {
    method: "POST",
    json: { query: "query { viewer { login } }" },
    idempotent: true,
    signal,
    allow: [403, 404],
  } as const;
  const answer = await client.absolute(graphql(config, host), call, purpose);
  if (answer.status !== 200) return null;
  const { login } = decode(wire.viewer, answer.json(), "viewer of GitHub").data.viewer;
  return { login: `${login.replace(/\[bot\]$/, "")}[bot]`, id: "" };
}

/** The runner's own word, else `https://api.github.com/graphql`, and `{server}/api/graphql` beside `{server}/api/v3` of Enterprise. */
export function graphql({ apiUrl }: ForgeConfig, host: Host): string {
  const said = host.ci.id === "github" && host.ci.apiUrl === apiUrl ? host.env.get("GITHUB_GRAPHQL_URL") : undefined;
  if (said !== undefined) return said;
  return apiUrl.endsWith("/api/v3") ? apiUrl.replace(/v3$/, "graphql") : `${apiUrl}/graphql`;
}
