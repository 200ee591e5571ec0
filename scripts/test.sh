#!/bin/sh
# Every check and every test, with all set-up. The last line is `N passed, N failed`.
#   CML_TEST_CACHE   where Gitea, real DVC and other rivals are kept (default ~/.cache/cml-test)
#   CML_TEST_ONLY    words: run just the steps whose name holds one of them (`unit`, `e2e`, `check`, …)
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh

# The browser that opens the HTML page. Without it those tests are skipped and say so.
if ! command -v chromium >/dev/null 2>&1 && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "test: installing chromium" >&2
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium; } >/dev/null 2>&1 ||
    echo "test: chromium could not be installed" >&2
fi

# Reference pictures and slices of API descriptions that are not kept in this repository.
if [ -z "${CML_SHARED:-}" ] && [ -d ../shared ]; then
  CML_SHARED=$(cd ../shared && pwd)
  export CML_SHARED
fi

exec node_modules/.bin/bun scripts/test/run.ts
