"""The unmodified clients, pointed at the server of the tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from datadog_api_client import ApiClient

from tests.conftest import RunningServer


@pytest.fixture
def client(server: RunningServer) -> Iterator[ApiClient]:
    with ApiClient(server.configuration()) as opened:
        yield opened
