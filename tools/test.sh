#!/usr/bin/env bash
# All checks, in the order in which a failure is cheapest to learn of.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin

$bin/ruff check .
$bin/ruff format --check .
$bin/mypy
$bin/lint-imports
$bin/python -m pytest -n "${HEELER_TEST_WORKERS:-2}" --dist loadfile "$@"
