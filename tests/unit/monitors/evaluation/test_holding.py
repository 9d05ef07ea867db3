"""What monitors wait for, and what they do not: gaps, their ends, and those that last."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import pytest

from heeler.api.services import Services
from heeler.monitors.evaluation.holding import Holding, last_evaluated
from heeler.monitors.evaluation.round import parsed_query
from heeler.monitors.model import Monitor
from heeler.monitors.queries.parser import MonitorQuery
from heeler.store.arrivals import Arrivals

START, MINUTE = 1_700_000_000.0, 60.0
METRIC = "avg(last_5m):avg:a.b{*} > 5"
EVENTS = 'events("source:heeler").rollup("count").last("5m") > 0'


@dataclass
class Writing:
    arrivals: Arrivals


@dataclass
class Points:
    times: np.ndarray


@dataclass
class Server:
    """What holding needs of a server that starts at :data:`START`."""

    at: float = START
    writer: Writing = field(init=False)
    holding: Holding = field(init=False)

    def __post_init__(self) -> None:
        self.writer = Writing(Arrivals(self.now))
        self.holding = Holding(cast(Services, self))

    def now(self) -> float:
        return self.at

    def look(self, at: float, last: float = 0.0, interval: float = MINUTE) -> None:
        self.at = at
        self.holding.look(at, last, interval)

    def refuse(self, requests: int = 1, *tables: str) -> None:
        for _ in range(requests):
            self.writer.arrivals.refused(tables or ("points",))

    def holds(self, one: Monitor | None = None) -> bool:
        one = one or monitor()
        return self.holding.holds(one, query_of(one), self.at)


def monitor(
    kind: str = "metric alert", query: str = METRIC, evaluated: float = 0.0, **options: Any
) -> Monitor:
    return Monitor(type=kind, query=query, options=options, evaluated=evaluated, overall_state="OK")


def query_of(one: Monitor) -> MonitorQuery:
    return parsed_query(one)


def test_a_restart_of_seconds_holds_nothing_whenever_in_the_interval_it_was() -> None:
    server = Server()
    server.look(START + MINUTE, last=START - 69)
    assert not server.holds(), "it was down for ten seconds, a minute after the last evaluation"


def test_a_gap_ends_when_data_is_taken_again_and_not_at_the_first_round() -> None:
    server = Server()
    server.look(START + MINUTE, last=START - 600)
    assert (server.holding.metrics.begin, server.holding.metrics.end) == (START - 600, START)
    assert server.holds()
    server.look(START + 2 * MINUTE)
    assert not server.holds()


@pytest.mark.parametrize("age", [300, 0])
def test_a_spool_that_arrives_before_the_first_round_is_waited_for(age: int) -> None:
    server = Server()
    server.writer.arrivals.stored({"points": Points(np.full(9, START - age))})
    server.look(START + 300, last=START - 900, interval=300)
    assert server.holds() == (age > 0)


def test_a_server_that_stood_by_takes_the_others_place() -> None:
    server = Server()
    server.look(START + 3600, last=START + 3600 - 120)
    assert (server.holding.metrics.begin, server.holding.metrics.end) == (START + 3480, START + 3600)
    assert server.holds()


def test_refusals_hold_monitors_for_an_hour_and_not_for_ever() -> None:
    server = Server()
    server.look(START)
    held = []
    for minute in range(1, 90):
        server.refuse(2)
        server.writer.arrivals.stored({"series": None})
        server.look(START + minute * MINUTE)
        if server.holds():
            held.append(minute)
    assert held == list(range(1, 61))
    server.look(START + 90 * MINUTE)
    assert server.holds(), "what was kept is arriving now"
    server.look(START + 91 * MINUTE)
    assert not server.holds()


def test_refusals_every_other_round_do_not_hold_monitors_for_ever() -> None:
    server = Server()
    server.look(START)
    held = []
    for minute in range(1, 120):
        server.refuse(minute % 2)
        server.look(START + minute * MINUTE)
        held.append(server.holds())
    assert not all(held[61:])


def test_a_monitor_of_events_says_why_nothing_is_taken() -> None:
    server = Server()
    server.look(START)
    server.refuse(1, "points")
    server.refuse(1, "events")
    server.look(START + MINUTE)
    events = monitor("event-v2 alert", EVENTS)
    assert server.holds()
    assert not server.holds(events)
    events.overall_state = "Alert"
    assert server.holds(events), "it would recover for want of events"
    assert server.holds(monitor("event-v2 alert", EVENTS.replace("> 0", "< 1")))
    assert server.holds(monitor("event-v2 alert", EVENTS, notify_no_data=True))
    assert server.holds(monitor("event-v2 alert", EVENTS.replace("5m", "1d"))), "it is seldom evaluated"


@pytest.mark.parametrize("table", ["points", "spans"])
def test_a_table_that_fails_alone_holds_the_monitors_that_look_at_it(table: str) -> None:
    server = Server()
    server.look(START)
    server.refuse(100, table)
    server.writer.arrivals.stored({"points": Points(np.full(9, START))} if table == "spans" else {"logs": 1})
    server.look(START + MINUTE)
    assert server.holds() == (table == "points")
    logs = monitor("log alert", 'logs("*").index("*").rollup("count").last("5m") > 5')
    assert server.holds(logs) == (table == "spans")
    check = monitor("service check", '"a.b".over("*").by("*").last(2).count_by_status()')
    assert server.holds(check) == (table == "spans")
    slo = '"0123456789abcdef0123456789abcdef").over("7d")'
    burning = f'burn_rate({slo}.long_window("1h").short_window("5m") > 14'
    for query in (burning, f"error_budget({slo} > 75"):
        assert server.holds(monitor("slo alert", query))


def test_the_lag_of_what_is_not_held_is_not_hidden() -> None:
    server = Server()
    server.look(START)
    one, other = monitor(), monitor("log alert", 'logs("*").index("*").rollup("count").last("5m") > 5')
    due = [(item, query_of(item)) for item in (one, other)]
    for minute in range(1, 70):
        server.refuse(2, "spans")
        server.look(START + minute * MINUTE)
        through = server.holding.let_through(due, server.at)
        assert server.holding.released <= server.at
        assert len(through) == (1 if minute <= 60 else 2)
    assert server.holding.released == START + 61 * MINUTE


def test_a_clock_that_was_set_back_holds_nothing() -> None:
    server = Server()
    server.look(START)
    server.refuse()
    server.look(START + MINUTE)
    assert server.holds()
    server.refuse()
    server.look(START - 3600)
    assert not server.holds()
    assert server.holding.metrics.begin == server.holding.metrics.end


@pytest.mark.parametrize("kind", ["composite", "synthetics alert", "event-v2 alert"])
def test_what_is_evaluated_in_a_gap_does_not_say_that_there_was_none(kind: str) -> None:
    gap = [monitor(evaluated=START - 600), monitor(kind, evaluated=START - 10)]
    assert last_evaluated(gap, START) == START - 600
    assert last_evaluated([monitor(evaluated=START + 86400), *gap], START) == START - 600
    assert last_evaluated([], START) == 0.0
    alone = last_evaluated([monitor(kind, evaluated=START - 10)], START)
    assert alone == (START - 10 if kind == "event-v2 alert" else 0.0)
