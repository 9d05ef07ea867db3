"""The same as in the unit tests of queries: machine code."""

from __future__ import annotations

from tests.unit.query.conftest import machine_code

__all__ = ["machine_code"]
