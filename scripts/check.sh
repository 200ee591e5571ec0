#!/bin/sh
# Layout, lint, types of both projects, direction of imports. Runs all of them, then fails when one failed.
# With CML_CHECK_RESULT set, writes one line a check there: `pass NAME` or `fail NAME`.
set -u
cd "$(dirname "$0")/.." || exit
bin=node_modules/.bin
failed=0

check() {
  name=$1
  shift
  if "$@"; then word=pass; else word=fail; failed=1; fi
  echo "check: $name: $word"
  [ -z "${CML_CHECK_RESULT:-}" ] || echo "$word $name" >> "$CML_CHECK_RESULT"
}

check layout $bin/oxfmt --check .
check lint $bin/oxlint --type-aware --deny-warnings bin src scripts test
check "types of the program" $bin/tsc --noEmit -p tsconfig.json
check "types of tests and scripts" $bin/tsc --noEmit -p test/tsconfig.json
check imports $bin/bun scripts/check-imports.ts
check reference $bin/bun scripts/reference.ts --check
check licences $bin/bun scripts/licences.ts --check
check "types under Deno" $bin/deno check --quiet bin/cml.ts
if command -v shellcheck >/dev/null 2>&1; then
  check "shell scripts" sh -c 'find scripts .ci -type f \( -name "*.sh" -o -name run \) -exec shellcheck --severity=warning {} +'
fi
exit $failed
