"""Probes of TLS certificates, TCP ports and DNS records."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Coroutine, Mapping
from datetime import UTC, datetime
from typing import Any

import dns.asyncresolver
import dns.exception
import dns.rdatatype
import dns.resolver
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa

from heeler.api.outbound_http import OutboundError, checked_addresses
from heeler.synthetics.assertions import Measured
from heeler.synthetics.http_probe import Guard, ProbeError, connect, tls_context

TIMEOUT = 30.0
#: The record types that a DNS test may assert on.
RECORDS = ("A", "AAAA", "CNAME", "MX", "NS", "TXT", "SOA", "SRV", "CAA")


async def probe_ssl(
    request: Mapping[str, Any], options: Mapping[str, Any], guard: Guard, now: float
) -> Measured:
    """Read the certificate at ``host:port``; ``now`` is UNIX seconds. Raises :class:`ProbeError`."""
    host, port = str(request["host"]), int(request.get("port") or 443)
    context = await asyncio.to_thread(tls_context, bool(options.get("accept_self_signed")))
    timings: dict[str, float] = {}
    began = time.perf_counter()
    name = str(request.get("servername") or host)
    _, writer = await _in_time(connect(host, port, guard, context, timings, name))
    try:
        tls = writer.get_extra_info("ssl_object")
        der, version = tls.getpeercert(binary_form=True), tls.version() or ""
    finally:
        writer.close()
    timings["total"] = round((time.perf_counter() - began) * 1000, 3)
    if not der:
        raise ProbeError("SSL", f"{host}:{port} presented no certificate")
    try:
        certificate = x509.load_der_x509_certificate(der)
        described = _described(certificate, der)
    except ValueError as error:
        raise ProbeError("SSL", f"the certificate of {host}:{port} cannot be read: {error}") from None
    left = (certificate.not_valid_after_utc - datetime.fromtimestamp(now, UTC)).total_seconds() / 86_400
    return Measured(
        timings=timings,
        certificate=described,
        days_left=round(left, 3),
        tls_version=version,
    )


def _described(certificate: x509.Certificate, der: bytes) -> dict[str, Any]:
    described: dict[str, Any] = {
        "fingerprint": _colons(hashlib.sha1(der, usedforsecurity=False).hexdigest()),
        "fingerprint256": _colons(hashlib.sha256(der).hexdigest()),
        "serialNumber": f"{certificate.serial_number:X}",
        "validFrom": certificate.not_valid_before_utc.isoformat(),
        "validTo": certificate.not_valid_after_utc.isoformat(),
        "issuer": _name(certificate.issuer),
        "subject": _name(certificate.subject),
    }
    try:
        key = certificate.public_key()
    except UnsupportedAlgorithm:
        return described
    if isinstance(key, rsa.RSAPublicKey):
        numbers = key.public_numbers()
        described |= {"exponent": numbers.e, "modulus": f"{numbers.n:X}"}
    return described


def _name(name: x509.Name) -> dict[str, str]:
    short = {"commonName": "CN", "countryName": "C", "localityName": "L", "organizationName": "O",
             "organizationalUnitName": "OU", "stateOrProvinceName": "ST"}  # fmt: skip
    return {short[item.oid._name]: str(item.value) for item in name if item.oid._name in short}


def _colons(digest: str) -> str:
    return ":".join(digest[at : at + 2] for at in range(0, len(digest), 2)).upper()


async def probe_tcp(request: Mapping[str, Any], guard: Guard) -> Measured:
    """Probe whether ``host:port`` accepts connections: ``established``, ``refused`` or ``timeout``.

    Raises :class:`ProbeError` if the name cannot be resolved or may not be called.
    """
    timings: dict[str, float] = {}
    began = time.perf_counter()
    connection = "established"
    try:
        _, writer = await _in_time(connect(str(request["host"]), int(request["port"]), guard, None, timings))
        writer.close()
    except ProbeError as error:
        if error.code not in ("CONNREFUSED", "TIMEOUT"):
            raise
        connection = "refused" if error.code == "CONNREFUSED" else "timeout"
    timings["total"] = round((time.perf_counter() - began) * 1000, 3)
    return Measured(timings=timings, connection=connection)


async def probe_dns(request: Mapping[str, Any], guard: Guard, records: frozenset[str]) -> Measured:
    """Resolve the records of ``host`` of the types ``records``, through ``dnsServer`` or the system's
    resolvers.

    Types without records are empty; all of them together may take :data:`TIMEOUT` seconds. Raises
    :class:`ProbeError`.
    """
    host = str(request["host"])
    server, port = str(request.get("dnsServer") or ""), int(request.get("dnsServerPort") or 53)
    resolver = await _resolver(server, port, guard)
    began = time.perf_counter()
    found: dict[str, list[str]] = {}
    try:
        async with asyncio.timeout(TIMEOUT):
            for record in sorted(records):
                found[record] = await _records(resolver, host, record)
    except TimeoutError:
        raise ProbeError("TIMEOUT", f"{host}: no answer within {TIMEOUT:g} s") from None
    except dns.resolver.NXDOMAIN:
        raise ProbeError("DNS", f"{host} does not exist") from None
    except (dns.exception.DNSException, OSError, UnicodeError) as error:
        raise ProbeError("DNS", f"{host}: {error}") from None
    took = round((time.perf_counter() - began) * 1000, 3)
    return Measured(timings={"dns": took, "total": took}, records=found)


async def _resolver(server: str, port: int, guard: Guard) -> dns.asyncresolver.Resolver:
    try:
        resolver = dns.asyncresolver.Resolver(configure=not server)
    except (dns.exception.DNSException, OSError) as error:
        raise ProbeError("DNS", f"the system's resolvers are not known: {error}") from None
    resolver.lifetime = TIMEOUT
    if server:
        try:
            resolver.nameservers = await checked_addresses(server, port, guard.private_targets)
        except OutboundError as error:
            raise ProbeError("DENIED", str(error)) from None
        resolver.port = port
    return resolver


async def _records(resolver: dns.asyncresolver.Resolver, host: str, record: str) -> list[str]:
    try:
        answer = await resolver.resolve(host, record, search=False)
    except dns.resolver.NoAnswer:
        return []
    if record == "TXT":
        # The parts of a long text, of 255 bytes at most, are one text.
        return [b"".join(item.strings).decode(errors="replace") for item in answer]
    return [item.to_text().removesuffix(".") for item in answer]


async def _in_time(
    work: Coroutine[Any, Any, tuple[asyncio.StreamReader, asyncio.StreamWriter]],
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    try:
        async with asyncio.timeout(TIMEOUT):
            return await work
    except TimeoutError:
        raise ProbeError("TIMEOUT", f"no connection within {TIMEOUT:g} s") from None
