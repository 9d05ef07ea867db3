"""Probes of TLS, TCP and DNS against real sockets of this process."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.resolver
import dns.rrset
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from heeler.synthetics import network_probes
from heeler.synthetics.http_probe import Guard, ProbeError
from heeler.synthetics.network_probes import RECORDS, probe_dns, probe_ssl, probe_tcp
from tests.conftest import free_port

LOCAL = Guard(("127.0.0.1",))
NOW = 1_750_000_000.0


class _Server(asyncio.DatagramProtocol):
    def __init__(self, answer: Callable[[dns.message.Message], dns.message.Message], delay: float) -> None:
        self._answer, self._delay = answer, delay

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, address: Any) -> None:
        found = self._answer(dns.message.from_wire(data)).to_wire()
        asyncio.get_running_loop().call_later(self._delay, self._transport.sendto, found, address)


@asynccontextmanager
async def dns_server(
    answer: Callable[[dns.message.Message], dns.message.Message], delay: float = 0
) -> AsyncIterator[dict[str, Any]]:
    """A name server; the request that asks it for ``x.test``."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: _Server(answer, delay), ("127.0.0.1", 0))
    try:
        port = transport.get_extra_info("sockname")[1]
        yield {"host": "x.test", "dnsServer": "127.0.0.1", "dnsServerPort": port}
    finally:
        transport.close()


def zone(**records: list[str]) -> Callable[[dns.message.Message], dns.message.Message]:
    def answer(question: dns.message.Message) -> dns.message.Message:
        found = dns.message.make_response(question)
        found.flags |= dns.flags.RA
        name, kind = question.question[0].name, question.question[0].rdtype
        texts = records.get(kind.name)
        if texts:
            found.answer.append(dns.rrset.from_text(name, 60, "IN", kind.name, *texts))
        return found

    return answer


@pytest.mark.parametrize(
    ("record", "text", "value"),
    [
        ("A", "192.0.2.1", "192.0.2.1"),
        ("AAAA", "2001:db8::1", "2001:db8::1"),
        ("CNAME", "y.test.", "y.test"),
        ("MX", "10 mail.test.", "10 mail.test"),
        ("TXT", '"v=spf1 -all"', "v=spf1 -all"),
        ("TXT", '"ends with a dot."', "ends with a dot."),
        ("TXT", '"v=DKIM1; p=AB" "CD"', "v=DKIM1; p=ABCD"),
        ("TXT", r'"say \"hi\""', 'say "hi"'),
        ("TXT", r'"\255"', "\ufffd"),
        ("CAA", '0 issue "letsencrypt.org"', '0 issue "letsencrypt.org"'),
    ],
)
async def test_records_are_what_the_zone_says(record: str, text: str, value: str) -> None:
    async with dns_server(zone(**{record: [text]})) as request:
        found = await probe_dns(request, LOCAL, frozenset({record}))
    assert found.records == {record: [value]}


async def test_types_without_records_are_empty() -> None:
    async with dns_server(zone(A=["192.0.2.1", "192.0.2.2"])) as request:
        found = await probe_dns(request, LOCAL, frozenset(RECORDS))
    assert found.records is not None
    assert sorted(found.records.pop("A")) == ["192.0.2.1", "192.0.2.2"]
    assert found.records == {record: [] for record in RECORDS if record != "A"}


async def test_a_name_that_does_not_exist() -> None:
    def answer(question: dns.message.Message) -> dns.message.Message:
        found = dns.message.make_response(question)
        found.set_rcode(dns.rcode.NXDOMAIN)
        return found

    async with dns_server(answer) as request:
        with pytest.raises(ProbeError, match=r"x\.test does not exist") as error:
            await probe_dns(request, LOCAL, frozenset({"A"}))
    assert error.value.code == "DNS"


async def test_all_records_together_have_one_limit_of_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each answer comes in time, but nine of them do not."""
    monkeypatch.setattr(network_probes, "TIMEOUT", 0.5)
    async with dns_server(zone(), delay=0.1) as request:
        with pytest.raises(ProbeError) as error:
            await probe_dns(request, LOCAL, frozenset(RECORDS))
    assert error.value.code == "TIMEOUT"


@pytest.mark.parametrize("host", ["a" * 64 + ".test", "a..test", "\ud800.test", "x" * 300, "xn--\u2603.test"])
async def test_names_that_cannot_be_asked_for_are_failures_of_the_test(host: str) -> None:
    async with dns_server(zone()) as request:
        with pytest.raises(ProbeError):
            await probe_dns({**request, "host": host}, LOCAL, frozenset({"A"}))


async def test_a_system_without_resolvers_is_a_failure_of_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable(*_: Any) -> None:
        raise dns.resolver.NoResolverConfiguration

    monkeypatch.setattr("dns.resolver.BaseResolver.read_resolv_conf", unreadable)
    with pytest.raises(ProbeError, match="resolvers are not known"):
        await probe_dns({"host": "x.test"}, LOCAL, frozenset({"A"}))


async def test_private_targets_are_refused() -> None:
    async with dns_server(zone(A=["192.0.2.1"])) as request:
        with pytest.raises(ProbeError) as error:
            await probe_dns(request, Guard(), frozenset({"A"}))
    assert error.value.code == "DENIED"


async def test_a_port_that_takes_connections_and_one_that_does_not() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        found = await probe_tcp({"host": "127.0.0.1", "port": server.getsockname()[1]}, LOCAL)
    assert found.connection == "established"
    assert (await probe_tcp({"host": "127.0.0.1", "port": free_port()}, LOCAL)).connection == "refused"


@asynccontextmanager
async def tls_server(folder: Path, key: Any, days: float) -> AsyncIterator[int]:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x.test")])
    end = datetime.fromtimestamp(NOW, UTC) + timedelta(days=days)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(0xABC)
        .not_valid_before(end - timedelta(days=100))
        .not_valid_after(end)
        .sign(key, hashes.SHA256())
    )
    file = folder / "both.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.mark.parametrize("days", [12.5, -3.0])
async def test_a_certificate_is_described_whether_or_not_it_is_over(tmp_path: Path, days: float) -> None:
    key = rsa.generate_private_key(65537, 2048)
    async with tls_server(tmp_path, key, days) as port:
        request = {"host": "127.0.0.1", "port": port}
        found = await probe_ssl(request, {"accept_self_signed": True}, LOCAL, NOW)
        with pytest.raises(ProbeError) as error:
            await probe_ssl(request, {}, LOCAL, NOW)
    assert error.value.code == "SSL"
    assert found.days_left == days
    assert found.certificate is not None
    assert found.certificate["subject"] == {"CN": "x.test"}
    assert found.certificate["serialNumber"] == "ABC"
    assert found.certificate["exponent"] == 65537
    assert len(found.certificate["fingerprint256"].split(":")) == 32


async def test_a_key_that_is_not_known_leaves_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Curves that the library does not know, such as those of older smart cards."""
    async with tls_server(tmp_path, ec.generate_private_key(ec.SECP256R1()), 10) as port:
        real = x509.load_der_x509_certificate

        class Unknown:
            def __init__(self, der: bytes) -> None:
                self._inner = real(der)

            def __getattr__(self, name: str) -> Any:
                return getattr(self._inner, name)

            def public_key(self) -> None:
                raise network_probes.UnsupportedAlgorithm("curve")

        monkeypatch.setattr(x509, "load_der_x509_certificate", Unknown)
        request = {"host": "127.0.0.1", "port": port}
        found = await probe_ssl(request, {"accept_self_signed": True}, LOCAL, NOW)
        assert found.days_left == 10
        assert found.certificate is not None
        assert "modulus" not in found.certificate

        def broken(_: bytes) -> None:
            raise ValueError("error parsing asn1 value")

        monkeypatch.setattr(x509, "load_der_x509_certificate", broken)
        with pytest.raises(ProbeError, match="cannot be read"):
            await probe_ssl(request, {"accept_self_signed": True}, LOCAL, NOW)
