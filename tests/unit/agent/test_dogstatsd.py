"""Aggregation of DogStatsD samples, naming rules, and the component over real sockets with the real
client.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections import Counter
from pathlib import Path

import pytest
from datadog.dogstatsd import DogStatsd

from heeler.agent.aggregation.check_sampler import make_context
from heeler.agent.aggregation.histogram import HistogramSettings
from heeler.agent.aggregation.time_sampler import TimeSampler
from heeler.agent.component import ComponentError, run_component
from heeler.agent.config import Config, ConfigError
from heeler.agent.dogstatsd.listeners import Listeners
from heeler.agent.dogstatsd.naming import Naming
from heeler.agent.dogstatsd.server import Intake
from tests.conftest import free_port

CONTEXT = make_context("m", ["a:b"], "h")


class Clock:
    now = 1005.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sampler(clock: Clock) -> TimeSampler:
    return TimeSampler(HistogramSettings(), clock)


def flushed(sampler: TimeSampler) -> dict[str, list[tuple[str, tuple[int, float]]]]:
    found: dict[str, list[tuple[str, tuple[int, float]]]] = {}
    for series in sampler.flush()[0]:
        found.setdefault(series.metric, []).append((series.type, series.points[0]))
    return found


def test_only_buckets_that_are_over_are_sent(sampler: TimeSampler, clock: Clock) -> None:
    sampler.add("g", CONTEXT, 1)
    sampler.add("g", CONTEXT, 2)
    assert flushed(sampler) == {}
    clock.now = 1010.0
    assert flushed(sampler) == {"m": [("gauge", (1000, 2.0))]}


def test_counters_are_rates_and_fall_to_zero_for_five_minutes(sampler: TimeSampler, clock: Clock) -> None:
    sampler.add("c", CONTEXT, 4)
    sampler.add("c", CONTEXT, 3, rate=0.5)
    clock.now = 1012.0
    assert flushed(sampler)["m"] == [("rate", (1000, 1.0))]
    clock.now = 1033.0
    assert flushed(sampler)["m"] == [("rate", (1010, 0.0)), ("rate", (1020, 0.0))]
    clock.now = 1012.0 + 301
    assert flushed(sampler) == {}


def test_a_counter_that_goes_on_is_never_zero_in_its_own_bucket(sampler: TimeSampler, clock: Clock) -> None:
    for turn in range(1, 6):
        sampler.add("c", CONTEXT, 10)
        clock.now = 1005.0 + 10 * turn
        assert flushed(sampler)["m"] == [("rate", (1000 + 10 * (turn - 1), 1.0))]


def test_sets_histograms_and_distributions(sampler: TimeSampler, clock: Clock) -> None:
    for member in ("a", "b", "a"):
        sampler.add_member(make_context("s", [], "h"), member)
    for value in range(1, 11):
        sampler.add("ms", make_context("t", [], "h"), value)
    sampler.add("d", make_context("d", [], "h"), 5.0, rate=0.25)
    clock.now = 1010.0
    series, sketches = sampler.flush()
    values = {one.metric: (one.type, one.points[0][1], one.unit) for one in series}
    assert values["s"] == ("gauge", 2.0, "")
    assert values["t.max"] == ("gauge", 10.0, "millisecond")
    assert values["t.count"] == ("rate", 1.0, "")
    assert {one.interval for one in series} == {10}
    assert sketches[0].points[0][1].count == 4


def test_stamped_samples_keep_their_time(sampler: TimeSampler) -> None:
    sampler.add_stamped("g", CONTEXT, 7, 123)
    sampler.add_stamped("c", CONTEXT, 7, 124)
    assert flushed(sampler)["m"] == [("gauge", (123, 7.0)), ("rate", (124, 0.7))]


def test_namespace_mapper_and_blocklist(tmp_path: Path) -> None:
    naming = Naming(
        Config(
            tmp_path,
            {
                "statsd_metric_namespace": "shop",
                "statsd_metric_blocklist": ["shop.secret"],
                "dogstatsd_mapper_profiles": [
                    {
                        "name": "jobs",
                        "prefix": "job.",
                        "mappings": [
                            {
                                "match": "job.*.time.*",
                                "name": "job.time",
                                "tags": {"kind": "$1", "step": "${2}"},
                            }
                        ],
                    }
                ],
            },
        )
    )
    assert naming.apply("hits") == ("shop.hits", ())
    assert naming.apply("airflow.x") == ("airflow.x", ())
    assert naming.apply("secret") is None
    assert naming.apply("job.mail.time.send") == ("shop.job.time", ("kind:mail", "step:send"))
    with pytest.raises(ConfigError, match="no wildcard"):
        Naming(
            Config(
                tmp_path,
                {"dogstatsd_mapper_profiles": [{"prefix": "*", "mappings": [{"match": "a(", "name": "x"}]}]},
            )
        )


def intake(tmp_path: Path, sampler: TimeSampler, **settings: object) -> tuple[Intake, Counter[str]]:
    counts: Counter[str] = Counter()
    return Intake(Config(tmp_path, settings), "box", sampler, counts), counts


def test_one_bad_line_does_not_lose_the_others(tmp_path: Path, sampler: TimeSampler, clock: Clock) -> None:
    one, counts = intake(tmp_path, sampler, dogstatsd_tags=["site:north"])
    one.take(b"a:1|g\nbroken\nb:2|g|#host:other\nc:nan|g\n_e{x\n_sc|up|0\n_e{1,1}:t|x\n")
    clock.now += 10
    series, _ = sampler.flush()
    assert {(s.metric, s.host, s.tags) for s in series} == {
        ("a", "box", ("site:north",)),
        ("b", "other", ("site:north",)),
    }
    assert counts["MetricParseErrors"] == 1
    assert counts["EventParseErrors"] == 1
    assert counts["MetricsNotFinite"] == 1
    assert one.service_checks[0]["check"] == "up"
    assert one.events[0]["tags"] == ["site:north"]


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        listeners = Listeners(
            Config(tmp_path, {"dogstatsd_port": port, "bind_host": "127.0.0.1"}),
            None,
            Counter(),  # type: ignore[arg-type]
        )
        with pytest.raises(ComponentError, match=f"UDP 127.0.0.1:{port} cannot be listened on"):
            listeners.open()


def test_the_component_over_udp_and_unix_sockets(tmp_path: Path) -> None:
    port, closed = free_port(), free_port()
    config = Config(
        tmp_path,
        {
            "api_key": "k",
            "hostname": "box",
            "dd_url": f"http://127.0.0.1:{closed}",
            "dogstatsd_port": port,
            "bind_host": "127.0.0.1",
            "dogstatsd_socket": str(tmp_path / "d.sock"),
            "dogstatsd_stream_socket": str(tmp_path / "s.sock"),
            "log_to_console": False,
        },
    )
    seen: dict[str, int] = {}

    def main(context: object) -> None:
        from heeler.agent.component import ComponentContext
        from heeler.agent.dogstatsd import main as real

        assert isinstance(context, ComponentContext)
        sender = threading.Thread(target=send, args=(context,))
        sender.start()
        real(context)
        sender.join()
        seen.update(context._status()["Packets"])

    def send(context: object) -> None:
        deadline = threading.Event()
        while not (tmp_path / "s.sock").exists():
            deadline.wait(0.05)
        DogStatsd("127.0.0.1", port, disable_telemetry=True).increment("udp")
        DogStatsd(socket_path=str(tmp_path / "d.sock"), disable_telemetry=True).increment("uds")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as stream:
            stream.connect(str(tmp_path / "s.sock"))
            stream.sendall(struct.pack("<I", 9) + b"stream:1|"[:9] + b"")
        DogStatsd(socket_path=f"unixstream://{tmp_path / 's.sock'}", disable_telemetry=True).increment(
            "stream"
        )
        deadline.wait(1.0)
        context.request_stop()  # type: ignore[attr-defined]

    assert run_component("dogstatsd", config, main) == 0
    assert seen["MetricPackets"] == 3
    assert seen["MetricParseErrors"] == 1
    assert (seen["UdpPackets"], seen["UdsPackets"]) == (1, 3), seen
    assert list((tmp_path / "run" / "spool" / "dogstatsd").rglob("*.payload"))
