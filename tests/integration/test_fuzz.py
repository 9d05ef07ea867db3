"""Made-up questions over HTTP are answered or refused (``python -m bench.fuzz --http`` for many)."""

from __future__ import annotations

from urllib.parse import urlsplit

from bench import fuzz_http

from tests.conftest import RunningServer


def test_made_up_questions_never_break_the_server(server: RunningServer) -> None:
    port = urlsplit(server.url).port
    assert port is not None
    headers = {**server.headers, "Content-Type": "application/json"}
    tally = fuzz_http.run(port, 2_000, seed=7, connections=4, headers=headers)
    assert tally.failures == []
    answered = {status: 0 for _, status in tally.statuses}
    for (_, status), count in tally.statuses.items():
        answered[status] += count
    assert set(answered) <= {200, 400, 422}
    assert min(answered[200], answered[400]) > 300
