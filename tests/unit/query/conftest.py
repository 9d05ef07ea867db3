"""Queries run by machine code here, as they do in a server; numpy, which does it until then, is compared."""

from __future__ import annotations

import pytest

from heeler.query.metrics import warmup


@pytest.fixture(scope="session", autouse=True)
def machine_code() -> None:
    warmup.warm_up()
