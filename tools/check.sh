#!/usr/bin/env bash
# The checks of every day: style, types, import rules, and the unit tests of the packages that changed since main
# (or since HEAD, for what is not committed). `make test` runs everything.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin
$bin/ruff check .
$bin/ruff format --check .
$bin/mypy
$bin/lint-imports
base=$(git merge-base HEAD "${CHECK_BASE:-main}" 2>/dev/null || git rev-parse HEAD)
mapfile -t changed < <({ git diff --name-only "$base"; git ls-files --others --exclude-standard; } | sort -u)
targets=()
for file in "${changed[@]}"; do
  case "$file" in
    tests/unit/*/test_*.py | tests/wire/test_*.py) [ -f "$file" ] && targets+=("$file") ;;
    tests/query/*) targets+=(tests/query) ;;
    src/heeler/wire/*) targets+=(tests/wire) ;;
    src/heeler/*/*) folder=tests/unit/$(cut -d/ -f3 <<<"$file"); [ -d "$folder" ] && targets+=("$folder") ;;
    ui/*) web=1 ;;
  esac
done
[ -z "${web:-}" ] || $bin/python tools/check_web.py
if [ ${#targets[@]} -gt 0 ]; then
  mapfile -t targets < <(printf '%s\n' "${targets[@]}" | sort -u)
  $bin/python -m pytest -q -n "${HEELER_TEST_WORKERS:-2}" "${targets[@]}"
else
  echo "no unit tests concern this change"
fi
