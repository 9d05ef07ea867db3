"""The DNS check against a name server of this process."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dns.message
import dns.rcode
import dns.rrset
import pytest
from datadog_checks.base import ConfigurationError

from heeler.agent.checks.dns_check import DNSCheck, default_server


@contextmanager
def server(answers: Callable[[dns.message.Message], list[bytes]]) -> Iterator[int]:
    """The port of a server that sends these packets for a question."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))

        def serve() -> None:
            while (data := one.recvfrom(4096))[0] != b"end":
                for packet in answers(dns.message.from_wire(data[0])):
                    one.sendto(packet, data[1])

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield one.getsockname()[1]
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stop:
                stop.sendto(b"end", one.getsockname())
            thread.join()


def checked(**instance: Any) -> tuple[int, str]:
    check = DNSCheck("dns_check", {}, [{"hostname": "x.test", "nameserver": "127.0.0.1", **instance}])
    found: list[tuple[int, str]] = []
    check.gauge = lambda *_, **__: None
    check.service_check = lambda _, status, tags, message: found.append((status, message))
    check.check({})
    (one,) = found
    return one


def response(question: dns.message.Message, kind: str, *texts: str) -> bytes:
    found = dns.message.make_response(question)
    if texts:
        found.answer.append(dns.rrset.from_text(question.question[0].name, 60, "IN", kind, *texts))
    wire: bytes = found.to_wire()
    return wire


def test_a_late_response_to_another_question_is_passed_over() -> None:
    def answers(question: dns.message.Message) -> list[bytes]:
        right = response(question, "A", "192.0.2.1")
        wrong = ((question.id + 1) % 65536).to_bytes(2) + right[2:]
        return [wrong, b"", b"\0", right]

    with server(answers) as port:
        assert checked(nameserver_port=port) == (0, "")


def test_a_server_that_only_sends_other_responses_does_not_keep_the_check() -> None:
    def answers(question: dns.message.Message) -> list[bytes]:
        return [((question.id + 1) % 65536).to_bytes(2)] * 5

    with server(answers) as port:
        assert checked(nameserver_port=port, timeout=0.2) == (2, "127.0.0.1 did not answer within 0.2 s")


@pytest.mark.parametrize(
    ("kind", "text", "expected", "status"),
    [
        ("A", "192.0.2.1", "192.0.2.1", 0),
        ("A", "192.0.2.1", "192.0.2.1, 192.0.2.2", 2),
        ("AAAA", "2001:db8::1", "2001:0DB8:0:0::1", 0),
        ("CNAME", "Mail.Test.", "mail.test.", 0),
        ("CNAME", "mail.test.", "Mail.test", 0),
        ("CNAME", "mail.test.", "other.test", 2),
    ],
)
def test_what_a_name_should_resolve_to(kind: str, text: str, expected: str, status: int) -> None:
    with server(lambda question: [response(question, kind, text)]) as port:
        assert checked(nameserver_port=port, record_type=kind, resolves_as=expected)[0] == status


def test_a_name_that_should_not_exist() -> None:
    def unknown(question: dns.message.Message) -> list[bytes]:
        found = dns.message.make_response(question)
        found.set_rcode(dns.rcode.NXDOMAIN)
        return [found.to_wire()]

    with server(unknown) as port:
        assert checked(nameserver_port=port, record_type="nxdomain") == (0, "")
        assert checked(nameserver_port=port)[0] == 2
    with server(lambda question: [response(question, "A", "192.0.2.1")]) as port:
        assert checked(nameserver_port=port, record_type="NXDOMAIN")[0] == 2


@pytest.mark.parametrize("hostname", ["a" * 64, "a..b", "\ud800", "x" * 5000])
def test_names_that_cannot_be_asked_for_are_critical(hostname: str) -> None:
    assert checked(hostname=hostname, timeout=0.2)[0] == 2


@pytest.mark.parametrize(
    "option",
    [
        {"hostname": ""},
        {"record_type": "ANY"},
        {"nameserver_port": "dns"},
        {"timeout": "soon"},
        {"timeout": -1},
        {"timeout": float("nan")},
        {"timeout": float("inf")},
    ],
)
def test_options_that_cannot_be_are_refused(option: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        checked(**option)


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("", "127.0.0.1"),
        (
            "# nameserver 1.1.1.1\nnameserver\noptions x\nnameserver 192.0.2.3\nnameserver 192.0.2.4",
            "192.0.2.3",
        ),
    ],
)
def test_the_default_is_the_first_name_server_of_the_system(tmp_path: Path, text: str, server: str) -> None:
    (tmp_path / "resolv.conf").write_text(text)
    assert default_server(tmp_path / "resolv.conf") == server
    assert default_server(tmp_path / "missing") == "127.0.0.1"
