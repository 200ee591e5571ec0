#!/bin/sh
# Installs vega-cli with a working node-canvas into FOLDER, once. Needs the network; as root it installs cairo's headers when a build is needed.
set -eu
folder=$1
works() { [ -f "$folder/node_modules/canvas/build/Release/canvas.node" ] && [ -x "$folder/node_modules/.bin/vl2png" ]; }
if works; then exit 0; fi
mkdir -p "$folder"
cd "$folder"
[ -f package.json ] || printf '{"name":"vega-cli-rival","private":true}\n' > package.json
npm install --no-audit --no-fund --ignore-scripts --save-exact vega-cli@6.4.0 vega@6.4.0 vega-lite@6.4.3
cd node_modules/canvas
npx --yes prebuild-install@7.1.3 -r napi || {
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
      libcairo2-dev libpango1.0-dev libjpeg-dev libgif-dev librsvg2-dev pkg-config g++ make
  fi
  npx --yes node-gyp rebuild
}
works
