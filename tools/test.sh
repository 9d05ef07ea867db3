#!/usr/bin/env bash
# All checks, in the order in which a failure is cheapest to learn of. Arguments go to pytest.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin
unset PYTHONDONTWRITEBYTECODE # every start of a server would compile all modules again

# A MongoDB is built while the checks below run: tests that come to it before wait a minute, then are skipped.
if [ "${HEELER_TEST_INSTALL:-1}" = 1 ] && [ -z "${HEELER_TEST_MONGODB:-}" ] && ! command -v mongod >/dev/null; then
  setsid tools/ferretdb.sh >/dev/null 2>&1 &
  building=$!
  trap 'kill -- -$building 2>/dev/null || true' EXIT
fi

# What the tests run beside the server: a browser and real databases. Without them those tests are counted as
# skipped, with the reason. HEELER_TEST_INSTALL=0 leaves the machine as it is.
missing=()
command -v chromium >/dev/null || missing+=(chromium)
[ -d /usr/lib/postgresql ] || command -v initdb >/dev/null || missing+=(postgresql)
command -v redis-server >/dev/null || missing+=(redis-server)
if [ ${#missing[@]} -gt 0 ] && [ "${HEELER_TEST_INSTALL:-1}" = 1 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing for the tests: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  { timeout 120 apt-get update -qq && timeout 400 apt-get install -y -qq --no-install-recommends "${missing[@]}"; } \
    >/dev/null 2>&1 || echo "could not install ${missing[*]}; the tests that need them are skipped"
fi

$bin/ruff check .
$bin/ruff format --check .
$bin/mypy
$bin/lint-imports
$bin/python tools/check_web.py
$bin/python -m pytest -n "${HEELER_TEST_WORKERS:-2}" --dist loadfile --no-loadscope-reorder "$@"

# Once more against ClickHouse's HTTP interface with its real driver; HEELER_TEST_STORE=http runs any test so.
if [ "$#" -eq 0 ]; then
  HEELER_TEST_STORE=http $bin/python -m pytest -n "${HEELER_TEST_WORKERS:-2}" --dist loadfile -q \
    tests/integration/test_metrics.py tests/integration/test_monitors.py
fi
