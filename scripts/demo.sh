#!/bin/sh
# Compiles the program and reports on the demo repository: branch `exp-a` against `main`.
# Everything it needs it installs into this folder; the demo repository goes into a temporary folder that stays, for its HTML page.
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh
node_modules/.bin/bun scripts/build.ts --host >&2
cml=$PWD/dist/cml
folder=$(mktemp -d "${TMPDIR:-/tmp}/cml-demo.XXXXXX")
sh scripts/demo-repository.sh "$folder"
cd "$folder/repo"
# A laptop's view: what a CI system, a token or settings in the environment would change is left out.
exec env -i PATH="$PATH" HOME="${HOME:-/}" TERM="${TERM:-dumb}" LANG="${LANG:-C.UTF-8}" COLUMNS="${COLUMNS:-}" NO_COLOR="${NO_COLOR:-}" \
  "$cml" report --base main
