"""Every operation of the API is fuzzed a little (``python -m bench.schemathesis_api`` for much): no 5xx."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from bench import api_faults, schemathesis_api

from tests.conftest import RunningServer, start_server


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server of its own: fuzzing changes everything that can be changed."""
    running = start_server(tmp_path_factory.mktemp("fuzzed"))
    yield running
    code = running.stop()
    assert code == 0, f"the server ended with {code}:\n{running.log}"


def test_no_operation_of_the_description_answers_a_5xx(fuzzed: RunningServer, tmp_path: Path) -> None:
    status, report = schemathesis_api.run(fuzzed.url, fuzzed.headers, tmp_path, examples=2, seed=1)
    assert status == 0, report
    assert "operations that only refused the caller: none" in report, report[-3000:]


def test_no_wrong_value_at_any_place_of_a_body_is_a_5xx(fuzzed: RunningServer) -> None:
    tally = api_faults.run(fuzzed.url, fuzzed.headers, share=0.015, seed=5)
    assert tally.failures == []
    assert tally.statuses[200] > 50
    assert tally.statuses[400] > 100
