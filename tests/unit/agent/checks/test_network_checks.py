"""tcp_check, dns_check, tls and ntp against real sockets of this process."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from heeler.agent.checks.dns_message import DNSError, decode_answers, encode_question
from tests.conftest import free_port
from tests.unit.agent.checks.run import run


def test_a_port_that_takes_connections_and_one_that_does_not(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        options = {"host": "127.0.0.1", "name": "x", "collect_response_time": True}
        good = run(tmp_path, "tcp_check", {**options, "port": port})
    assert good.checks["tcp.can_connect"][0] == 0
    assert good.metrics["network.tcp.can_connect"] == 1
    assert good.metrics["network.tcp.response_time"] > 0
    assert good.tags["tcp.can_connect"] == [
        "address:127.0.0.1",
        "instance:x",
        f"port:{port}",
        "target_host:127.0.0.1",
    ]
    bad = run(tmp_path, "tcp_check", {**options, "port": free_port()})
    assert bad.checks["tcp.can_connect"][0] == 2
    assert "does not take connections" in bad.checks["tcp.can_connect"][1]
    assert bad.metrics == {"network.tcp.can_connect": 0}


@contextmanager
def udp_server(answer: Callable[[bytes], bytes]) -> Iterator[int]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))

        def serve() -> None:
            while True:
                try:
                    question, client = server.recvfrom(2048)
                except OSError:
                    return
                if question == b"end":
                    return
                server.sendto(answer(question), client)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.sendto(b"end", server.getsockname())
            thread.join()


def dns_answer(question: bytes) -> bytes:
    """What a name server says that knows web.test alone."""
    body = question[12:]
    if b"\x03web\x04test" not in body:
        return question[:2] + b"\x81\x83\x00\x01\x00\x00\x00\x00\x00\x00" + body
    record = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + bytes((192, 0, 2, 7))
    return question[:2] + b"\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00" + body + record


def test_names_are_resolved_as_they_should(tmp_path: Path) -> None:
    with udp_server(dns_answer) as port:
        options = {"hostname": "web.test", "nameserver": "127.0.0.1", "nameserver_port": port}
        good = run(tmp_path, "dns_check", {**options, "resolves_as": "192.0.2.7"})
        assert good.checks["dns.can_resolve"][0] == 0
        assert good.metrics["dns.response_time"] > 0
        wrong = run(tmp_path, "dns_check", {**options, "resolves_as": "192.0.2.8"})
        assert "resolves to ['192.0.2.7'], without ['192.0.2.8']" in wrong.checks["dns.can_resolve"][1]
        unknown = run(tmp_path, "dns_check", {**options, "hostname": "no.test"})
        assert "NXDOMAIN" in unknown.checks["dns.can_resolve"][1]


@given(st.binary(max_size=80))
def test_any_bytes_are_answers_or_refused(message: bytes) -> None:
    for packet in (message, struct.pack(">HHHHHH", 7, 0x8180, 1, 1, 0, 0) + message):
        try:
            decode_answers(packet, 7)
        except DNSError:
            continue


def test_questions_of_names_that_are_none_are_refused() -> None:
    assert encode_question(1, "a.b", "AAAA")[12:] == b"\x01a\x01b\x00\x00\x1c\x00\x01"
    with pytest.raises(DNSError, match="no host name"):
        encode_question(1, f"{'x' * 70}.test", "A")


def certificate(folder: Path, days: int) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=30))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    return file


def test_the_certificate_of_a_server_is_judged(tmp_path: Path) -> None:
    file = certificate(tmp_path, days=10)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    plain, _ = server.accept()
                    context.wrap_socket(plain, server_side=True).close()
                except ssl.SSLError:
                    continue
                except OSError:
                    return

        threading.Thread(target=serve, daemon=True).start()
        options = {"server": "127.0.0.1", "port": server.getsockname()[1], "server_hostname": "localhost"}
        trusted = run(tmp_path, "tls", {**options, "tls_ca_cert": str(file)})
        assert {name: status for name, (status, _) in trusted.checks.items()} == {
            "tls.can_connect": 0,
            "tls.version": 0,
            "tls.cert_validation": 0,
            "tls.cert_expiration": 1,
        }
        assert 9 < trusted.metrics["tls.days_left"] < 10
        unknown = run(tmp_path, "tls", {**options, "days_critical": 12, "allowed_versions": ["TLSv1.1"]})
        assert {name: status for name, (status, _) in unknown.checks.items()} == {
            "tls.can_connect": 0,
            "tls.version": 2,
            "tls.cert_validation": 2,
            "tls.cert_expiration": 2,
        }
        server.shutdown(socket.SHUT_RDWR)


def test_the_clock_is_compared(tmp_path: Path) -> None:
    def answer(question: bytes) -> bytes:
        stamp = int((time.time() + 100 + 2_208_988_800) * 2**32)
        (origin,) = struct.unpack_from(">Q", question, 40)
        return struct.pack(">BBbbII4sQQQQ", 0x1C, 2, 0, 0, 0, 0, b"test", 0, origin, stamp, stamp)

    with udp_server(answer) as port:
        found = run(tmp_path, "ntp", {"host": "127.0.0.1", "port": port})
    assert found.metrics["ntp.offset"] == pytest.approx(100, abs=2)
    assert found.checks["ntp.in_sync"][0] == 2
    silent = run(tmp_path, "ntp", {"host": "127.0.0.1", "port": free_port(), "timeout": 1})
    assert silent.checks["ntp.in_sync"][0] == 3
