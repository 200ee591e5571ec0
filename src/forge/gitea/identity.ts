import { decode } from "../../core/decode.ts";
import type { Comment, Identity, Repository } from "../contract.ts";
import type { Client } from "./client.ts";
import { repositoryPath } from "./comment.ts";
import * as wire from "./wire.ts";

const purpose = { what: "ask whose token this is", needs: "read:user" };

/**
 * `/user` wants a scope of its own that a token for comments has no reason to have. Such a token still learns its name from the answer to a
 * reaction, which is taken back at once unless it had been there before.
 */
export async function identify(
  client: Client,
  repository: Repository,
  signal: AbortSignal,
  near?: Comment,
): Promise<Identity | null> {
  const answer = await client.request("/user", { signal, allow: [403] }, purpose);
  if (answer.status === 200) return identity(decode(wire.account, answer.json(), "user of Gitea"));
  if (near === undefined) return null;
  const path = `${repositoryPath(repository)}/issues/comments/${encodeURIComponent(near.id)}/reactions`;
  const json = { content: "eyes" };
  const reacted = await client.request(path, { method: "POST", json, signal, allow: [403, 404] }, purpose);
  if (reacted.status >= 400) return null;
  if (reacted.status === 201) await client.request(path, { method: "DELETE", json, signal, allow: [404] }, purpose);
  return identity(decode(wire.reaction, reacted.json(), "reaction of Gitea").user);
}

function identity(user: { login: string; id: number }): Identity {
  return { login: user.login, id: String(user.id) };
}
