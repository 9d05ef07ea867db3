"""Flares: what a sender with an API key may cost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest

from heeler.api.services import Services
from heeler.intake import flare
from heeler.intake.flare import FlareTurns
from heeler.store.disk import DiskStatus
from tests.unit.api_app import App, Caller

FORM = {"Content-Type": "multipart/form-data; boundary=XX"}
FILE = b'Content-Disposition: form-data; name="flare_file"; filename="f.zip"\r\n\r\nPK'


def form(*parts: bytes) -> bytes:
    return b"".join(b"--XX\r\n" + part + b"\r\n" for part in parts) + b"--XX--\r\n"


def field(content: bytes, kind: bytes = b"text/plain") -> bytes:
    return (
        b'Content-Disposition: form-data; name="flare_file"\r\nContent-Type: ' + kind + b"\r\n\r\n" + content
    )


@pytest.mark.parametrize(
    "body",
    [
        b"", b"x", form(), form(FILE)[:-9], form(field(b"PK")), form(field(b"PK", b"text/plain; charset=no")),
        form(field(b"\xff\xfe")),
    ],
)  # fmt: skip
async def test_what_is_no_form_with_one_file_is_refused(admin: Caller, body: bytes) -> None:
    await admin.refused("POST", "/support/flare", body, headers=FORM)


async def test_a_full_disk_takes_no_flare(
    admin: Caller, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    status = DiskStatus(True, 0, 1)
    full: Any = SimpleNamespace(has_room=lambda: False, status=lambda: status)
    monkeypatch.setattr(services, "disk", full)
    await admin.refused("POST", "/support/flare", form(FILE), 507, headers=FORM)


async def test_no_more_flares_are_read_than_have_a_turn(
    app: App, admin: Caller, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flare, "WAITING", 0)
    read = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        read += 1
        yield form(FILE)

    turns = services.part(FlareTurns)
    async with turns.turn("a"), turns.turn("b"), turns.turn("c"), turns.turn("d"):
        headers = {**admin.headers, **FORM}
        assert (await app.post("/support/flare", content=body(), headers=headers)).status_code == 429
    assert (await app.post("/support/flare", content=body(), headers=headers)).status_code == 200
