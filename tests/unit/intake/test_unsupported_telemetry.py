"""What is not stored is not accepted, but for a written list, and all of it is counted by sender."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bench.fuzz_intake import send
from bench.intake_app import opened

from heeler.intake import unsupported_telemetry
from heeler.intake.request import Head
from heeler.intake.unsupported_telemetry import ACCEPTED, MAX_LISTED, NotStored
from heeler.store.engine import Engine

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(autouse=True)
def counts(monkeypatch: pytest.MonkeyPatch) -> NotStored:
    fresh = NotStored()
    monkeypatch.setattr(unsupported_telemetry, "not_stored", fresh)
    return fresh


async def test_unserved_paths_are_refused_and_counted(
    engine: Engine, tmp_path: Path, counts: NotStored
) -> None:
    async with opened(tmp_path, engine) as (app, headers):
        for path in ("/api/v2/profile", "/api/v2/profile", "/api/traces", "/made/up", "/api/v1/connections"):
            status, body = await send(app, path, {**headers, "x-dd-hostname": "web-1"}, b"12345")
            assert status == 404
            assert path in json.loads(body)["errors"][0]
        status, _ = await send(app, "/api/v2/profile", {"dd-api-key": "nobody"}, b"")
        assert status == 403
    found = {(row["host"], row["path"]): row for row in counts.listed()}
    assert found["web-1", "/api/v2/profile"]["requests"] == 2
    assert found["web-1", "/api/v2/profile"]["bytes"] == 10
    assert found["web-1", "/api/v2/profile"]["product"] == "profiles"
    assert not found["web-1", "/api/v2/profile"]["accepted"]
    assert len(found) == 4


@pytest.mark.parametrize("accepted", ACCEPTED, ids=lambda one: one.path)
async def test_what_agents_send_unasked_is_accepted_and_counted(
    engine: Engine, tmp_path: Path, counts: NotStored, accepted: unsupported_telemetry.Accepted
) -> None:
    async with opened(tmp_path, engine) as (app, headers):
        status, _ = await send(app, accepted.path, headers, b"\x03\x04\x0c\x00")
        assert status in (200, 202)
    (row,) = counts.listed()
    assert (row["host"], row["path"], row["product"], row["accepted"]) == (
        "127.0.0.1", accepted.path, accepted.product, True,
    )  # fmt: skip
    assert accepted.reason


def test_the_list_is_bounded(counts: NotStored) -> None:
    for number in range(MAX_LISTED + 5):
        counts.count(Head(f"/{number}", {}), "10.0.0.1", 7, accepted=False)
    assert len(counts.listed()) == MAX_LISTED + 1
    assert sum(row["requests"] for row in counts.listed()) == MAX_LISTED + 5
