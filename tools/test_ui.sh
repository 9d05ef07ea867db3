#!/usr/bin/env bash
# The web app's own checks: types, lint, units. Its packages are installed again only when the lock changed.
set -euo pipefail
cd "$(dirname "$0")/../ui"

if ! command -v npm >/dev/null || ! node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)'; then
  echo "skipped the web app's checks: no Node 20.19 or newer with npm on PATH"
  exit 0
fi
lock=$(sha256sum package-lock.json | cut -d' ' -f1)
if [ "$(cat node_modules/.lock-dev-sha256 2>/dev/null)" != "$lock" ]; then
  npm ci --ignore-scripts --no-audit --no-fund --prefer-offline --fetch-retries=1 --loglevel=error
  # What the tests need holds what the build needs: the build hook need not install again.
  printf %s "$lock" | tee node_modules/.lock-dev-sha256 >node_modules/.lock-sha256
fi
if grep -q '"resolved"' package-lock.json; then
  echo "package-lock.json names a registry; install with the .npmrc of this folder" >&2
  exit 1
fi
npm run --silent check
