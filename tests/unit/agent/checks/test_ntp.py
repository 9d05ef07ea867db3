from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from datadog_checks.base import ConfigurationError
from hypothesis import given
from hypothesis import strategies as st

from heeler.agent.checks.ntp import NTPCheck, NTPError, offset_of
from tests.unit.agent.checks.recorded import Recorded, recorded

ERA, BEFORE_UNIX = 2**32, 2_208_988_800
MARK = 12345


def stamp(moment: float) -> int:
    return int((moment + BEFORE_UNIX) % ERA * 2**32)


def packet(receive: float, transmit: float, first: int = 0x24, stratum: int = 2, mark: int = MARK) -> bytes:
    head = bytes((first, stratum, 6, 0xEC)) + bytes(8) + b"GPS\0"
    made = head + struct.pack(">4Q", 0, mark, stamp(receive), stamp(transmit))
    assert len(made) == 48  # RFC 4330, section 4
    return made


def question_mark(question: bytes) -> int:
    return int(struct.unpack_from(">Q", question, 40)[0])


@given(
    st.one_of(st.floats(1e9, 2e9), st.floats(2_085_978_400, 2_085_978_600), st.floats(3e9, 6e9)),
    st.floats(-1e8, 1e8),
    st.floats(0, 2),
)
def test_the_offset_is_found_in_every_era(sent: float, offset: float, delay: float) -> None:
    answer = packet(sent + delay / 2 + offset, sent + delay / 2 + offset)
    assert offset_of(answer, sent, sent + delay, MARK) == pytest.approx(offset, abs=1e-4)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        packet(0, 0)[:47],
        packet(1e9, 1e9, first=0x23),
        packet(1e9, 1e9, first=0xE4),
        packet(1e9, 1e9, stratum=0),
        packet(1e9, 1e9, stratum=16),
        packet(1e9, -float(BEFORE_UNIX)),
        packet(1e9, 1e9, mark=MARK + 1),
        packet(1e9, 1e9, mark=0),
    ],
    ids=["empty", "short", "client", "alarm", "kiss of death", "stratum", "no time", "another", "unasked"],
)
def test_what_is_no_answer_to_the_question_is_refused(answer: bytes) -> None:
    with pytest.raises(NTPError):
        offset_of(answer, 1e9, 1e9, MARK)


@given(st.binary(max_size=80))
def test_any_packet_has_an_offset_or_is_refused(content: bytes) -> None:
    with suppress(NTPError):
        assert abs(offset_of(content, 1e9, 1e9, MARK)) <= ERA


@contextmanager
def server(answer: Callable[[bytes], bytes]) -> Iterator[tuple[int, list[bytes]]]:
    asked: list[bytes] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))

        def serve() -> None:
            while True:
                question, client = listening.recvfrom(2048)
                if question == b"end":
                    return
                asked.append(question)
                listening.sendto(answer(question), client)

        thread = threading.Thread(target=serve)
        thread.start()
        port = listening.getsockname()[1]
        try:
            yield port, asked
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ending:
                ending.sendto(b"end", ("127.0.0.1", port))
            thread.join()


def ahead(seconds: float) -> Callable[[bytes], bytes]:
    return lambda question: packet(*[time.time() + seconds] * 2, mark=question_mark(question))


def checked(**instance: Any) -> Recorded:
    check = NTPCheck("ntp", {}, [{"host": "127.0.0.1", "timeout": 5, **instance}])
    found = recorded(check)
    check.check({})
    return found


@pytest.mark.parametrize("version", [1, 3, 4])
def test_the_version_is_that_of_the_options(version: int) -> None:
    with server(ahead(0)) as (port, asked):
        assert checked(port=port, version=version).statuses[0][1] == 0
    assert [question[0] for question in asked] == [version << 3 | 3]
    assert len(asked[0]) == 48


def test_a_clock_that_is_off_is_critical() -> None:
    with server(ahead(100)) as (port, _):
        found = checked(port=port, offset_threshold=50)
        assert checked(port=port, offset_threshold=200).statuses[0][1] == 0
    assert found.statuses[0][1] == 2
    assert found.values["ntp.offset"] == pytest.approx(100, abs=2)


def test_an_answer_to_another_request_does_not_count() -> None:
    with server(lambda _: packet(time.time() + 500, time.time() + 500, mark=7)) as (port, _):
        found = checked(port=port)
    assert found.values == {}
    assert found.statuses[0][1] == 3
    assert "another request" in found.statuses[0][2]


def test_a_host_that_is_no_name_leaves_the_others() -> None:
    with server(ahead(0)) as (port, asked):
        found = checked(hosts=["a" * 64 + ".example", "nul\0", "127.0.0.1"], port=port)
        alone = checked(hosts="127.0.0.1", port=port)
    assert found.statuses[0][1] == alone.statuses[0][1] == 0
    assert len(asked) == 2


def test_servers_are_asked_once_in_an_interval() -> None:
    with server(ahead(0)) as (port, asked):
        check = NTPCheck("ntp", {}, [{"host": "127.0.0.1", "port": port}])
        recorded(check)
        for _ in range(3):
            check.check({})
    assert len(asked) == 1


@pytest.mark.parametrize(
    "name", ["port", "timeout", "offset_threshold", "version", "min_collection_interval"]
)
@pytest.mark.parametrize("given_value", [-1, "x", "nan", "inf", [3]])
def test_an_option_that_is_no_number_is_an_error_of_the_configuration(name: str, given_value: Any) -> None:
    with pytest.raises(ConfigurationError, match=name):
        NTPCheck("ntp", {}, [{name: given_value}])
