from __future__ import annotations

import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.agent.checks.dns_message import TYPES, Answer, DNSError, decode_answers, encode_question


def response(*records: bytes, identity: int = 7, flags: int = 0x8180, question: str = "a.de") -> bytes:
    asked = encode_question(identity, question, "A")[12:]
    return struct.pack(">HHHHHH", identity, flags, 1, len(records), 0, 0) + asked + b"".join(records)


def record(kind: str, data: bytes, name: bytes = b"\xc0\x0c") -> bytes:
    return name + struct.pack(">HHIH", TYPES[kind], 1, 60, len(data)) + data


def test_a_question() -> None:
    assert encode_question(1, "a.de.", "AAAA") == bytes.fromhex(
        "0001010000010000000000000161026465000 01c0001".replace(" ", "")
    )
    assert encode_question(1, "", "NS")[12:] == b"\0\0\x02\0\x01"
    assert b"\x04_sip" in encode_question(1, "_sip.a.de", "SRV")
    assert b"xn--mnchen-3ya" in encode_question(1, "münchen.de", "A")


@pytest.mark.parametrize("name", ["a..de", "a" * 64 + ".de", ".de", "_" + "a" * 64, ".".join(["a" * 62] * 5)])
def test_no_host_names(name: str) -> None:
    with pytest.raises(DNSError, match="no host name"):
        encode_question(1, name, "A")


def test_a_name_of_the_greatest_length() -> None:
    name = ".".join(["a" * 63] * 3 + ["a" * 61])
    assert len(encode_question(1, name, "A")) == 12 + 255 + 4


def test_answers_of_each_type() -> None:
    found = decode_answers(
        response(
            record("A", bytes([127, 0, 0, 1])),
            record("AAAA", bytes(15) + b"\1"),
            record("CNAME", b"\1b\xc0\x0c"),
            record("MX", b"\0\x0a\1m\xc0\x0e"),
            record("SRV", struct.pack(">HHH", 1, 2, 443) + b"\1s\0"),
            record("TXT", b"\3one\3two"),
            record("SOA", b"\xff"),
        ),
        7,
    )
    values = ["127.0.0.1", "::1", "b.a.de", "10 m.de", "1 2 443 s", "one two", "ff"]
    assert [one.value for one in found] == values
    assert found[0] == Answer(TYPES["A"], "127.0.0.1")


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (b"", "cut short"),
        (response(identity=8), "another question"),
        (response(flags=0x0100), "another question"),
        (response(flags=0x8183), "NXDOMAIN"),
        (response(flags=0x818F), "answered 15"),
        (response(record("A", b"\1\2\3")), "IPv|appear"),
        (response(record("A", b"\1\2\3\4"))[:-1], "cut short"),
        (response(record("CNAME", b"\xc0\x22", b"\xc0\x22")), "no end|cut short"),
        (response(record("SRV", b"\0\1")), "cut short"),
    ],
)
def test_bad_answers_are_told(message: bytes, reason: str) -> None:
    with pytest.raises(DNSError, match=reason):
        decode_answers(message, 7)


@given(st.binary(max_size=200), st.integers(0, 211))
def test_no_message_breaks_the_decoder(noise: bytes, at: int) -> None:
    whole = response(record("MX", b"\0\x0a\1m\xc0\x0e"), record("TXT", b"\3one"))
    for message in (noise, whole[:at] + noise, struct.pack(">HH", 7, 0x8180) + noise):
        with suppress(DNSError):
            decode_answers(message, 7)
