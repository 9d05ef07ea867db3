"""The unmodified clients, pointed at the server of the tests, and a mailbox for its mails."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from aiosmtpd.controller import Controller
from datadog_api_client import ApiClient

from tests.conftest import RunningServer, free_port, start_server
from tests.integration.mail import Inbox


@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server of one file of tests, where what others send, make or change would matter."""
    running = start_server(tmp_path_factory.mktemp("own"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def admin(server: RunningServer) -> Iterator[httpx.Client]:
    """Requests with the keys of the first administrator."""
    with httpx.Client(base_url=server.url, headers=server.headers, timeout=60) as opened:
        yield opened


@pytest.fixture
def client(server: RunningServer) -> Iterator[ApiClient]:
    with ApiClient(server.configuration()) as opened:
        yield opened


@pytest.fixture(scope="module")
def inbox() -> Iterator[tuple[Inbox, str]]:
    box = Inbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield box, f"smtp://127.0.0.1:{controller.port}"
    controller.stop()
