#!/usr/bin/env bash
# All checks. What is cheap to learn runs first, side by side; then the tests. Arguments go to pytest.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin
unset PYTHONDONTWRITEBYTECODE # every start of a server would compile all modules again

# What runs beside: each in a process group of its own, its output kept together. None outlives this script.
logs=$(mktemp -d)
declare -A beside=()
begin() {
  local name=$1
  shift
  setsid "$@" >"$logs/$name" 2>&1 &
  beside[$!]=$name
}
end_all() {
  for group in "${!beside[@]}" ${building:-}; do kill -- "-$group" 2>/dev/null || true; done
  rm -rf "$logs"
}
trap end_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
# Wait for all that was begun; show the output of each when it ends. The first failure ends the others.
finish() {
  local ended status
  while [ ${#beside[@]} -gt 0 ]; do
    status=0
    wait -n -p ended "${!beside[@]}" || status=$?
    echo "== ${beside[$ended]}"
    cat "$logs/${beside[$ended]}"
    [ "$status" = 0 ] || { echo "== ${beside[$ended]} failed" && return "$status"; }
    unset "beside[$ended]"
  done
}

# A MongoDB is built while the checks below run: tests that come to it before wait a minute, then are skipped.
if [ "${HEELER_TEST_INSTALL:-1}" = 1 ] && [ -z "${HEELER_TEST_MONGODB:-}" ] && ! command -v mongod >/dev/null; then
  setsid tools/ferretdb.sh >/dev/null 2>&1 &
  building=$!
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

begin python bash -c 'set -e; for check in "ruff check ." "ruff format --check ." mypy lint-imports; do '$bin'/$check; done'
begin web $bin/python tools/check_web.py
finish

# Once more against ClickHouse's HTTP interface with its real driver, beside the others, whose waits leave room for it;
# HEELER_TEST_STORE=http runs any test so.
if [ "$#" -eq 0 ]; then
  begin "HTTP store" env HEELER_TEST_STORE=http $bin/python -m pytest -q \
    tests/integration/test_metrics.py tests/integration/test_monitors.py
fi
# Tests of servers, agents and browsers wait for each other's processes: three of them keep two cores busy.
status=0
$bin/python -m pytest -n "${HEELER_TEST_WORKERS:-3}" --dist loadfile --no-loadscope-reorder "$@" || status=$?
finish || status=$?
exit "$status"
