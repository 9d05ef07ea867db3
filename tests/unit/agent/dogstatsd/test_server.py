"""DogStatsD as a whole: aggregation of samples, and the component over real sockets with the real client."""

from __future__ import annotations

import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from datadog.dogstatsd import DogStatsd

from heeler.agent.aggregation.check_sampler import make_context
from heeler.agent.aggregation.histogram import HistogramSettings
from heeler.agent.aggregation.time_sampler import Flush, TimeSampler
from heeler.agent.component import ComponentContext, ComponentError, run_component
from heeler.agent.config import Config
from heeler.agent.dogstatsd import intake as intake_module
from heeler.agent.dogstatsd.intake import Intake
from heeler.agent.dogstatsd.listeners import Listeners
from heeler.agent.dogstatsd.server import main as dogstatsd
from heeler.wire.metrics.encode_series import Series
from tests.conftest import free_port
from tests.unit.agent.intake import Request, until
from tests.unit.agent.intake import intake as http_intake
from tests.wire.test_encode_series import SERIES
from tests.work import lines_run

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


TYPES = {1: "count", 2: "rate", 3: "gauge"}


def decoded(result: Flush) -> list[Series]:
    """The series of a flush, read by Google's protobuf."""
    found = list(result.direct)
    for payload in result.payloads:
        for one in SERIES.FromString(payload).series:
            points = tuple((point.timestamp, point.value) for point in one.points)
            host = next(resource.name for resource in one.resources if resource.type == "host")
            found.append(
                Series(one.metric, points, tuple(one.tags), host, TYPES[one.type], one.interval, "", one.unit)
            )
    return found


def flushed(sampler: TimeSampler) -> dict[str, list[tuple[str, tuple[int, float]]]]:
    found: dict[str, list[tuple[str, tuple[int, float]]]] = {}
    for series in decoded(sampler.flush()):
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
    clock.now = 2000.0
    zeros = flushed(sampler)["m"]
    assert [at for _, (at, _) in zeros] == list(range(1030, 1301, 10))
    clock.now = 3000.0
    assert flushed(sampler) == {}
    assert sampler.contexts == 0


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
    result = sampler.flush()
    series, sketches = decoded(result), result.sketches
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


def test_a_context_that_comes_back_has_one_slot(sampler: TimeSampler, clock: Clock) -> None:
    slot = sampler.slot("g", CONTEXT)
    assert slot is not None
    sampler.add_to(slot, 1)
    clock.now += 1000
    sampler.flush()
    assert sampler.contexts == 0
    sampler.add("g", CONTEXT, 2)
    sampler.add_to(slot, 3)
    clock.now += 10
    assert [point[1] for _, point in flushed(sampler)["m"]] == [3.0]


def test_contexts_over_the_limit_are_counted(clock: Clock) -> None:
    sampler = TimeSampler(HistogramSettings(), clock, context_limit=2)
    for number in range(5):
        sampler.add("g", make_context(f"m{number}", [], "h"), 1)
    assert (sampler.contexts, sampler.dropped) == (2, 3)


def intake(tmp_path: Path, sampler: TimeSampler, **settings: object) -> tuple[Intake, Counter[str]]:
    counts: Counter[str] = Counter()
    return Intake(Config(tmp_path, settings), "box", sampler, counts), counts


def test_one_bad_line_does_not_lose_the_others(tmp_path: Path, sampler: TimeSampler, clock: Clock) -> None:
    one, counts = intake(tmp_path, sampler, dogstatsd_tags=["site:north"])
    one.take(b"a:1|g\nbroken\nb:2|g|#host:other\nc:nan|g\n_e{x\n_sc|up|0\n_e{1,1}:t|x\n")
    clock.now += 10
    series = decoded(sampler.flush())
    assert {(s.metric, s.host, s.tags) for s in series} == {
        ("a", "box", ("site:north",)),
        ("b", "other", ("site:north",)),
    }
    assert counts["MetricParseErrors"] == 1
    assert counts["EventParseErrors"] == 1
    assert counts["MetricsNotFinite"] == 1
    assert one.service_checks[0]["check"] == "up"
    assert one.events[0]["tags"] == ["site:north"]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        (b"m:1:2:x|c", 0.0),
        (b"m:1:2::3|c", 0.6),
        (b"m:1_0|c", 0.0),
        (b"m: 1|c", 0.0),
        (b"m:2|c|@0.5", 0.4),
        (b"m:1e1|c", 1.0),
        (b"m:-5|c\r", -0.5),
    ],
)
def test_a_line_means_the_same_whether_its_header_was_seen_before(
    tmp_path: Path, clock: Clock, line: bytes, wanted: float
) -> None:
    for before in (b"", b"m:0|c\nm:0|c|@0.5\nm:0|c\r\n"):
        sampler = TimeSampler(HistogramSettings(), clock)
        one, counts = intake(tmp_path, sampler)
        one.take(before)
        one.take(line)
        clock.now += 10
        assert sum(series.points[0][1] for series in decoded(sampler.flush())) == pytest.approx(wanted)
        assert counts["MetricParseErrors"] == (wanted == 0.0)


def test_histograms_are_copied_and_sets_counted_on_both_paths(
    tmp_path: Path, sampler: TimeSampler, clock: Clock
) -> None:
    one, counts = intake(
        tmp_path,
        sampler,
        histogram_copy_to_distribution=True,
        histogram_copy_to_distribution_prefix="dist.",
    )
    for _ in range(3):
        one.take(b"h:4|h\nh:4|h|@0.5\ns:a:b|s\nd:1|d|@0.25\n")
    one.take(b"s:c|s")
    clock.now += 10
    result = sampler.flush()
    values = {series.metric: series.points[0][1] for series in decoded(result)}
    assert values["s"] == 2.0
    assert values["h.count"] == pytest.approx((3 + 6) / 10)
    assert {one.metric: one.points[0][1].count for one in result.sketches} == {"dist.h": 9, "d": 12}
    assert counts["MetricPackets"] == 13


def test_a_pipe_within_a_tag_is_counted_and_said_once(
    tmp_path: Path, sampler: TimeSampler, caplog: pytest.LogCaptureFixture
) -> None:
    one, counts = intake(tmp_path, sampler)
    one.take(b"m:1|c|#a:b|c,d:e\nn:1|c|#a:b|c\n")
    assert counts["MetricsWithUnknownFields"] == 2
    assert [record.message for record in caplog.records if "a tag must not contain a pipe" in record.message]


def test_many_contexts_cost_little_more_than_their_values(
    tmp_path: Path, sampler: TimeSampler, clock: Clock
) -> None:
    """A line of a header that was seen before, and its part of a flush, are a few lines of code each."""
    one, _ = intake(tmp_path, sampler)
    number = 2000
    packets = b"".join(b"m%d:1|c|#host_name:h%d\n" % (at, at) for at in range(number))
    one.take(packets)
    clock.now += 10
    sampler.flush()
    assert lines_run(lambda: one.take(packets)) < 30 * number
    clock.now += 10
    assert lines_run(lambda: sampler.flush()) < 30 * number


def test_the_memo_forgets_by_halves(
    tmp_path: Path, sampler: TimeSampler, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More headers than it holds must not make it forget all at once: it thrashed above 20,000 contexts."""
    monkeypatch.setattr(intake_module, "MEMO_LIMIT", 100)
    one, _ = intake(tmp_path, sampler)
    lines = [b"m%d:1|c" % number for number in range(150)]
    for _ in range(4):
        one.take(b"\n".join(lines))
        assert one.remembered <= 200
    assert one.remembered >= 100
    clock.now += 10
    assert {series.points[0][1] for series in decoded(sampler.flush())} == {0.4}


def configured(tmp_path: Path, url: str, **settings: object) -> Config:
    values = {"api_key": "k", "hostname": "box", "dd_url": url, "log_to_console": False}
    return Config(tmp_path, {**values, "bind_host": "127.0.0.1", **settings})


def served(config: Config, use: Callable[[ComponentContext], object]) -> dict[str, int]:
    """Run the component while ``use`` sends; what it counted."""
    seen: dict[str, int] = {}

    def main(context: ComponentContext) -> None:
        def send() -> None:
            until(lambda: context._state == "running")
            try:
                use(context)
            finally:
                context.request_stop()

        sender = threading.Thread(target=send)
        sender.start()
        dogstatsd(context)
        sender.join()
        seen.update(context._status()["Packets"])

    assert run_component("dogstatsd", config, main) == 0
    return seen


def received(requests: list[Request]) -> dict[str, float]:
    """The sum over time of each metric's value, counters by their number."""
    totals: Counter[str] = Counter()
    for request in requests:
        if request.path == "/api/v2/series":
            for one in SERIES.FromString(request.body).series:
                totals[one.metric] += sum(point.value for point in one.points) * 10
    return {metric: round(total) for metric, total in totals.items()}


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        listeners = Listeners(configured(tmp_path, "", dogstatsd_port=port), Counter())
        with pytest.raises(ComponentError, match=f"UDP 127.0.0.1:{port} cannot be listened on"):
            listeners.open()


def test_the_real_client_over_udp_and_unix_sockets_loses_nothing(tmp_path: Path) -> None:
    """Bursts of unbuffered writes: a socket that holds ten packets is emptied while they come."""
    port, number = free_port(), 2000

    def use(_: ComponentContext) -> None:
        clients = {
            "udp": DogStatsd("127.0.0.1", port, disable_telemetry=True),
            "uds": DogStatsd(socket_path=str(tmp_path / "d.sock"), disable_telemetry=True),
            "stream": DogStatsd(socket_path=f"unixstream://{tmp_path}/s.sock", disable_telemetry=True),
        }
        for name, client in clients.items():
            client.get_socket().settimeout(5)
            for _ in range(number):
                client.increment(name)
            client.stop()

    with http_intake() as server:
        config = configured(
            tmp_path,
            server.url,
            dogstatsd_port=port,
            dogstatsd_socket=str(tmp_path / "d.sock"),
            dogstatsd_stream_socket=str(tmp_path / "s.sock"),
        )
        seen = served(config, use)
        assert received(server.accepted) == {"udp": number, "uds": number, "stream": number}
    assert (seen["UdpPackets"], seen["UdsPackets"]) == (number, 2 * number), seen


def test_both_families_of_localhost_are_listened_on(tmp_path: Path) -> None:
    families = {info[0] for info in socket.getaddrinfo("localhost", 1, type=socket.SOCK_DGRAM)}
    port = free_port()
    addresses: list[str] = []

    def use(context: ComponentContext) -> None:
        addresses.extend(context._status()["Listening"])
        for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            if family in families:
                with socket.socket(family, socket.SOCK_DGRAM) as client:
                    client.sendto(b"m:1|c", (host, port))

    with http_intake() as server:
        config = configured(tmp_path, server.url, dogstatsd_port=port, bind_host="localhost")
        served(config, use)
        assert received(server.accepted) == {"m": len(families)}
    shown = {socket.AF_INET: f"udp://127.0.0.1:{port}", socket.AF_INET6: f"udp://[::1]:{port}"}
    assert set(addresses) == {shown[family] for family in families}


def test_hundreds_of_stream_connections_are_served(tmp_path: Path) -> None:
    number = 300

    def use(context: ComponentContext) -> None:
        clients = [socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) for _ in range(number)]
        for client in clients:
            client.connect(str(tmp_path / "s.sock"))
        for client in clients:
            client.sendall(struct.pack("<I", 5) + b"m:1|c")
        until(lambda: context._status()["Packets"].get("UdsPackets") == number)
        for client in clients:
            client.close()

    with http_intake() as server:
        socket_path = str(tmp_path / "s.sock")
        config = configured(tmp_path, server.url, dogstatsd_port=0, dogstatsd_stream_socket=socket_path)
        seen = served(config, use)
        assert received(server.accepted) == {"m": number}
    assert seen["UdsConnections"] == number


def test_a_packet_that_is_too_long_is_cut_at_a_line_and_counted(tmp_path: Path) -> None:
    port = free_port()

    def use(_: ComponentContext) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.sendto(b"\n".join(b"m:1|c" for _ in range(100)), ("127.0.0.1", port))

    with http_intake() as server:
        seen = served(configured(tmp_path, server.url, dogstatsd_port=port, dogstatsd_buffer_size=100), use)
        assert received(server.accepted) == {"m": 16}
    assert seen["PacketsTruncated"] == 1
    assert "MetricParseErrors" not in seen


def test_packets_are_forwarded_and_unterminated_lines_refused_where_asked(tmp_path: Path) -> None:
    port = free_port()
    with http_intake() as server, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        other.settimeout(10)

        def use(_: ComponentContext) -> None:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
                client.sendto(b"a:1|c\nb:1|c", ("127.0.0.1", port))
            assert other.recv(100) == b"a:1|c\nb:1|c"

        config = configured(
            tmp_path,
            server.url,
            dogstatsd_port=port,
            dogstatsd_eol_required=["udp"],
            statsd_forward_host="127.0.0.1",
            statsd_forward_port=other.getsockname()[1],
        )
        seen = served(config, use)
        assert received(server.accepted) == {"a": 1}
    assert seen["UnterminatedMetricErrors"] == 1
    assert seen["PacketsForwarded"] == 1


def test_a_reader_that_dies_is_started_again(tmp_path: Path) -> None:
    port, counts = free_port(), Counter[str]()
    listeners = Listeners(configured(tmp_path, "", dogstatsd_port=port), counts)
    listeners.open()
    process = listeners._process
    assert process is not None
    process.kill()
    process.wait()
    found: list[bytes] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.sendto(b"m:1|c", ("127.0.0.1", port))
        until(lambda: found.extend(lines for _, lines in listeners.receive(0.1)) or found)
    assert found == [b"m:1|c\n"]
    assert counts["ReaderRestarts"] == 1
    with suppress(StopIteration):
        next(listeners.close())
