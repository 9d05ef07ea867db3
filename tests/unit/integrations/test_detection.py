from __future__ import annotations

from heeler.integrations.detection import SERIES_FRESH_SECONDS, Found, Signals, detect

NOW = 1_000_000


def states(signals: Signals) -> dict[str, Found]:
    return {one.source.id: one for one in detect(signals, NOW)}


def test_nothing_came() -> None:
    assert {one.state for one in detect(Signals(), NOW)} == {"none"}


def test_states_are_told_from_what_came() -> None:
    signals = Signals(
        families={
            "system": (NOW - 60, 3),
            "postgresql": (NOW - 60, 1),
            "shop": (NOW - SERIES_FRESH_SECONDS - 1, 2),
        },
        metric_sources={"prometheus": (NOW, 0)},
        languages={"python": (NOW - 10, 2)},
        logs={"nginx": (NOW - 5, 1)},
        critical={"postgres.can_connect": 1},
    )
    found = states(signals)
    assert (found["agent"].state, found["agent"].detail) == ("sending", "3 hosts")
    assert (found["postgres"].state, found["postgres"].detail) == ("failing", "1 failing check, 1 host")
    assert found["dogstatsd"].state == "quiet"
    assert found["prometheus"].state == found["python"].state == found["nginx"].state == "sending"
    assert found["python"].detail == "2 services"
    assert (found["logs"].state, found["logs"].detail) == ("sending", "1 service with logs")
    assert found["java"].state == "none"
