import { afterAll, describe, expect, test } from "bun:test";
import { Secret } from "../../src/core/secret.ts";
import { open } from "../../src/forge/github/index.ts";
import { readMarker } from "../../src/report/marker.ts";
import { draftOf } from "../../src/report/draft.ts";
import { upsertComment } from "../../src/report/sticky.ts";
import { closeGitHub, githubScene, pixel, slug, token } from "../support/github-scene.ts";
import { testHost } from "../support/memory-host.ts";

afterAll(closeGitHub);

/** Twelve runs at once against a server whose answers take up to a tenth of a second each way. */
async function race(
  prepare: (post: (run: number) => Promise<void>) => Promise<void>,
): Promise<{ bodies: string[]; images: Response[] }> {
  const { fake } = await githubScene();
  const repository = { owner: "acme", name: "churn", url: `${fake.url}/${slug}` };
  const post = async (run: number): Promise<void> => {
    const { host } = await testHost({ random: Math.random });
    const forge = open({ serverUrl: fake.url, apiUrl: fake.apiUrl, repository, token: new Secret(token, "REPO_TOKEN") }, host);
    const image = { name: `run-${run}.png`, mediaType: "image/png", bytes: pixel(run) };
    const draft = draftOf(`run ${run}\n\n![plot](plot.png)\n`, async () => image);
    await upsertComment({ forge, target: { kind: "pull", number: 3 }, host, signal: host.signal }, draft, {
      key: "k",
      mode: "update",
      run,
    });
  };
  await prepare(post);
  fake.delay(50);
  await Promise.all(Array.from({ length: 12 }, (_, index) => post(index + 1)));
  fake.delay(0);
  const bodies = fake.comments(slug, "issue/3").map(({ body }) => body);
  const urls = bodies.flatMap((body) => body.match(/http:[^)]+\?raw=true/g) ?? []);
  return { bodies, images: await Promise.all(urls.map((url) => fetch(url))) };
}

describe("twelve runs at once", () => {
  test.each([
    ["for the first comment", async () => undefined],
    ["for a comment that is there", async (post: (run: number) => Promise<void>) => post(0)],
  ])(
    "%s: one comment, with the newest run's text and its image",
    async (_, prepare) => {
      const { bodies, images } = await race(prepare);
      expect(bodies).toHaveLength(1);
      expect(bodies[0]).toStartWith("run 12\n");
      expect(readMarker(bodies[0] ?? "")?.run).toBe(12);
      expect(images.map(({ status }) => status)).toEqual([200]);
    },
    60_000,
  );
});
