"""The poll of tracers' configuration, against a server that answers anything."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from heeler.agent.config import Config
from heeler.agent.trace.remote_config import RemoteConfig
from heeler.agent.trace.remote_config_poll import MAX_BYTES, PATH, UNKNOWN_SECONDS, ConfigPoll
from tests.unit.agent.intake import Answer, Intake

NOW = 1_764_470_929_000_000_000
GOOD = {"id": "c1", "service": "Shop", "env": "*", "options": {"tracing_sampling_rate": 0.5}}


@pytest.fixture
def intake() -> Iterator[Intake]:
    made = Intake(lambda _: Answer(200, json.dumps({"configurations": [GOOD]}).encode()))
    made.start()
    yield made
    made.close()


def poll_of(intake: Intake, folder: Path, **settings: Any) -> tuple[ConfigPoll, RemoteConfig]:
    given = {"api_key": "k", "dd_url": intake.url, "remote_configuration.refresh_interval": 7}
    given |= {f"remote_configuration.{name}": value for name, value in settings.items()}
    remote = RemoteConfig()
    return ConfigPoll(Config(folder, given), remote, lambda: NOW), remote


def tracer_poll(service: str = "shop", **about: Any) -> bytes:
    client = {"id": service, "products": ["APM_TRACING"], "client_tracer": {"service": service, **about}}
    return json.dumps({"client": client}).encode()


def given_to(remote: RemoteConfig, service: str = "shop") -> bytes:
    return remote.answer(tracer_poll(service), NOW)


async def test_what_the_server_has_is_given_to_tracers(intake: Intake, tmp_path: Path) -> None:
    poll, remote = poll_of(intake, tmp_path)
    assert await poll.once() == 7
    assert b"c1" in given_to(remote)
    assert given_to(remote, "other") == b"{}"
    (request,) = intake.requests
    assert request.path == PATH


@pytest.mark.parametrize(
    "answer",
    [
        b"", b"{", b"null", b"[]", b"5", b"\xff", b'{"configurations": {}}', b'{"configurations": null}', 
        b"{}",
        b"[" * 200_000, b'{"configurations": [' + b" " * MAX_BYTES + b"]}",
    ],
)  # fmt: skip
async def test_what_is_no_answer_keeps_the_configuration(
    intake: Intake, tmp_path: Path, answer: bytes
) -> None:
    poll, remote = poll_of(intake, tmp_path)
    await poll.once()
    intake.answer = lambda _: Answer(200, answer)
    assert await poll.once() == 7
    assert poll.problem
    assert b"c1" in given_to(remote)
    intake.answer = lambda _: Answer(200, b'{"configurations": []}')
    await poll.once()
    assert (poll.problem, given_to(remote)) == ("", b"{}")


@pytest.mark.parametrize("status", [301, 400, 403, 429, 500, 503])
async def test_a_refusal_is_tried_again_soon(intake: Intake, tmp_path: Path, status: int) -> None:
    poll, _ = poll_of(intake, tmp_path)
    intake.answer = lambda _: Answer(status)
    assert await poll.once() == 7
    assert poll.counts["failed"] == 1


async def test_a_server_without_the_address_is_left_alone_for_a_while(intake: Intake, tmp_path: Path) -> None:
    poll, _ = poll_of(intake, tmp_path)
    intake.answer = lambda _: Answer(404)
    assert await poll.once() == UNKNOWN_SECONDS


@pytest.mark.parametrize("options", [None, 5, "x", [1], [["a", 1]]])
@pytest.mark.parametrize("field", ["options", "configuration"])
async def test_one_unusable_configuration_does_not_spoil_the_polls_of_tracers(
    intake: Intake, tmp_path: Path, options: Any, field: str
) -> None:
    bad = {**GOOD, "id": "bad", "options": options} if field == "options" else options
    intake.answer = lambda _: Answer(200, json.dumps({"configurations": [bad, GOOD]}).encode())
    poll, remote = poll_of(intake, tmp_path)
    await poll.once()
    assert b"c1" in given_to(remote)


async def test_half_a_surrogate_pair_of_one_tracer_leaves_the_report_readable(
    intake: Intake, tmp_path: Path
) -> None:
    poll, remote = poll_of(intake, tmp_path)
    remote.answer(tracer_poll("ok"), NOW)
    remote.answer(tracer_poll("\ud800bad", env="\udfff"), NOW)
    await poll.once()
    (request,) = intake.requests
    services = [one["service"] for one in json.loads(request.body)["tracers"]]
    assert services == ["ok", "?bad"]
    assert b"\\ud800" not in request.body


async def test_a_server_that_is_away_is_a_problem_with_a_name(tmp_path: Path) -> None:
    away = Intake(lambda _: Answer(200))
    away.start()
    poll, _ = poll_of(away, tmp_path)
    away.close()
    assert await poll.once() == 7
    assert "Error" in poll.problem


async def test_turned_off_it_asks_nothing(intake: Intake, tmp_path: Path) -> None:
    poll, _ = poll_of(intake, tmp_path, enabled=False)
    await poll.run()
    assert intake.requests == []
