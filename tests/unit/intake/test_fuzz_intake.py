"""Mutated bodies for every intake path: stored or refused with a reason. ``HEELER_FUZZ_BODIES`` for more."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

import pytest
from bench import fuzz_intake
from bench.intake_app import opened

from heeler.store.engine import Engine

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

COUNT = int(os.environ.get("HEELER_FUZZ_BODIES", "1300"))


async def test_no_body_is_answered_by_an_error_of_the_server(engine: Engine, tmp_path: Path) -> None:
    async with opened(tmp_path, engine) as (app, headers):
        tally = await fuzz_intake.run(app, headers, COUNT, seed=17)
    assert tally.failures == []
    by_kind = Counter(status // 100 for _, status in tally.statuses.elements())
    assert by_kind[2] > COUNT // 5
    assert by_kind[4] > COUNT // 5


@pytest.mark.parametrize(
    ("path", "document", "status"),
    [
        ("/intake/", b'{"internalHostname":"h","events":{"api":[{"msg_title":"t","tags":5}]}}', 202),
        ("/intake/", b'{"internalHostname":"h","events":{"api":[{"msg_title":"\\ud800 t"}]}}', 202),
        ("/intake/", b'{"internalHostname":"h","meta":{"a":NaN,"b":1' + b"0" * 40 + b"}}", 202),
        ("/intake/", b'{"internalHostname":"h","events":{"api":[{"msg_title":"\xff"}]}}', 202),
        ("/intake/", b'{"internalHostname":"h","meta":' + b'{"a":' * 300 + b"1" + b"}" * 301, 202),
        ("/api/v1/series", b'{"series":[{"metric":"a.b","points":[[1,1' + b"0" * 400 + b"]]}]}", 202),
        ("/api/v1/series", b'{"series":[{"metric":"a.b"}]}', 202),
        ("/api/v1/check_run", '[{"check":"a","status":"²"}]'.encode(), 202),
        ("/api/v2/logs", '[{"message":"a","status":"²","timestamp":"²"}]'.encode(), 202),
        ("/api/v1/events", b'{"title":"\xff","text":"x"}', 400),
    ],
)
async def test_what_real_clients_get_wrong_is_no_error_of_the_server(
    engine: Engine, tmp_path: Path, path: str, document: bytes, status: int
) -> None:
    async with opened(tmp_path, engine) as (app, headers):
        for _ in range(2):  # unknown series the first time, known the second
            got, answer = await fuzz_intake.send(
                app, path, {**headers, "content-type": "application/json"}, document
            )
            assert got == status, answer
            json.loads(answer)
