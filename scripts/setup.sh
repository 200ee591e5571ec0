#!/bin/sh
# Makes a fresh clone ready on a machine that has only git, Node 20 and npm. Safe to repeat: does nothing while
# package-lock.json and the script itself are as they were.
set -eu
cd "$(dirname "$0")/.."

for program in git node npm; do
  command -v "$program" >/dev/null 2>&1 || { echo "setup: \`$program\` is needed and not installed" >&2; exit 1; }
done
node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 20 ? 0 : 1)' ||
  { echo "setup: Node 20 or later is needed, this is $(node --version)" >&2; exit 1; }

bun=node_modules/.bin/bun
stamp=node_modules/.cml-setup
wanted=$(cat package-lock.json scripts/setup.sh | cksum)

installed() {
  [ -x "$bun" ] && [ "$(cat "$stamp" 2>/dev/null || true)" = "$wanted" ]
}

if ! installed; then
  echo "setup: installing packages from package-lock.json" >&2
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2
  # npm leaves these two packages' own install steps to us; both only put the platform's executable in its place.
  node node_modules/bun/install.js >&2
  node node_modules/deno/install.cjs >&2
  printf '%s\n' "$wanted" > "$stamp"
fi

# Generated modules: resvg's wasm, fonts, the page's scripts. The script itself skips what is current.
if [ -f scripts/embed.ts ]; then
  "$bun" scripts/embed.ts >&2
fi
