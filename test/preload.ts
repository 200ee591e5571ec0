/** Before every test: no network but loopback, one time zone and locale, and none of the variables of the CI that runs the tests. */
import { guardFetch } from "./support/network.ts";

guardFetch();
process.env["TZ"] = "UTC";
process.env["LC_ALL"] = "C.UTF-8";
for (const name of Object.keys(process.env)) {
  if (/^(GITHUB_|GITLAB_|GITEA_|FORGEJO_|CI$|CI_|BITBUCKET_|RUNNER_|ACTIONS_|SYSTEM_|BUILD_|REPO_TOKEN$|GH_)/.test(name))
    delete process.env[name];
}
