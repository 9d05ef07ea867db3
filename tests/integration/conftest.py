"""The unmodified clients, pointed at the server of the tests, and a mailbox for its mails."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from aiosmtpd.controller import Controller
from datadog_api_client import ApiClient

from tests.conftest import RunningServer, free_port
from tests.integration.mail import Inbox


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
