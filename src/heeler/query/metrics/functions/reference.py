"""Generates ``docs/functions.md`` from the registry: ``python -m
heeler.query.metrics.functions.reference``."""

from __future__ import annotations

import sys

from heeler.query.metrics.functions import FUNCTIONS, Function

_HEAD = """# Functions of the metrics query language

Made from the registry by `python -m heeler.query.metrics.functions.reference > docs/functions.md`; the query
editor's completion and the error messages come from the same place. `q` is any expression; arguments with `=`
may be left out, and may be given by name.
"""


def document() -> str:
    """Reference page: functions by category, each with signature, meaning and an example."""
    parts = [_HEAD]
    for category in sorted({item.category for item in FUNCTIONS.values()}):
        parts.append(f"\n## {category}\n")
        members = sorted(
            (item for item in FUNCTIONS.values() if item.category == category), key=lambda item: item.name
        )
        parts.extend(_entry(item) for item in members)
    return "".join(parts)


def _entry(item: Function) -> str:
    return f"\n### `{item.signature}`\n\n{item.summary.replace('``', '`')}\n\n    {item.example}\n"


if __name__ == "__main__":
    sys.stdout.write(document())
