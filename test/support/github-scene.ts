import { afterAll } from "bun:test";
import { PNG } from "pngjs";
import { bot, type GitHubFake, type GitHubFakeOptions, githubFake, type StoredRepository } from "../fake/github.ts";
import { temporaryFolder } from "./folder.ts";

/** Never to be printed anywhere. */
export const token = "ghs_SecretOfTheJob0123456789abcdefghij";

export interface GitHubScene {
  readonly fake: GitHubFake;
  readonly repository: StoredRepository;
  readonly head: string;
  readonly base: string;
  /** What a job for pull request 3 gets from GitHub Actions, with the token mapped. */
  readonly env: Readonly<Record<string, string>>;
  readonly summary: string;
}

export const slug = "acme/churn";

const open: GitHubFake[] = [];

/**
 * Closes the fakes, which throw when a request or an answer was not what the vendor describes. For `afterAll` of each test file: a hook of this
 * module would run for the first file of a process alone.
 */
export async function closeGitHub(): Promise<void> {
  for (const fake of open.splice(0)) await fake.close();
}

afterAll(closeGitHub);

/** A repository with pull request 3 on the fake; the fake is closed (and its verdict asked for) after the tests of the file. */
export async function githubScene(options: GitHubFakeOptions = {}): Promise<GitHubScene> {
  const fake = await githubFake(options);
  open.push(fake);
  fake.accounts.set(token, bot);
  const repository = fake.repository(slug);
  const { git } = repository;
  const file = git.blob(new TextEncoder().encode('{"accuracy": 0.9}\n'));
  const tree = git.tree(null, [{ path: "metrics.json", mode: "100644", sha: file }]);
  const base = git.commit({ message: "base", tree, parents: [] });
  const head = git.commit({ message: "head", tree, parents: [base] });
  git.refs.set("refs/heads/main", base);
  git.refs.set("refs/heads/feature", head);
  repository.pulls.set(3, {
    number: 3,
    state: "open",
    head: { sha: head, ref: "feature", repository: slug },
    base: { sha: base, ref: "main" },
  });
  const folder = await temporaryFolder();
  const event = `${folder}/event.json`;
  const repo = { full_name: slug, default_branch: "main" };
  await Bun.write(
    event,
    JSON.stringify({
      action: "synchronize",
      number: 3,
      repository: repo,
      pull_request: { number: 3, head: { sha: head, ref: "feature", repo }, base: { sha: base, ref: "main", repo } },
    }),
  );
  return {
    fake,
    repository,
    head,
    base,
    summary: `${folder}/summary.md`,
    env: jobEnvironment(fake, { event, head, summary: `${folder}/summary.md` }),
  };
}

function jobEnvironment(fake: GitHubFake, job: { event: string; head: string; summary: string }): Record<string, string> {
  return {
    CI: "true",
    GITHUB_ACTIONS: "true",
    GITHUB_SERVER_URL: fake.url,
    GITHUB_API_URL: fake.apiUrl,
    GITHUB_REPOSITORY: slug,
    GITHUB_EVENT_NAME: "pull_request",
    GITHUB_EVENT_PATH: job.event,
    GITHUB_REF: "refs/pull/3/merge",
    GITHUB_SHA: "0123456789abcdef0123456789abcdef01234567",
    GITHUB_HEAD_REF: "feature",
    GITHUB_BASE_REF: "main",
    GITHUB_WORKFLOW: "train",
    GITHUB_JOB: "report",
    GITHUB_RUN_ID: "1001",
    GITHUB_RUN_ATTEMPT: "1",
    GITHUB_STEP_SUMMARY: job.summary,
    REPO_TOKEN: token,
  };
}

/** A PNG of one pixel in a colour. */
export function pixel(red: number): Uint8Array<ArrayBuffer> {
  const png = new PNG({ width: 1, height: 1 });
  png.data.set([red, 0, 0, 255]);
  return new Uint8Array(PNG.sync.write(png));
}
