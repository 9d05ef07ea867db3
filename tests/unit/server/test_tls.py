"""The server's own TLS: what is served, and that a renewed certificate is served without a restart."""

from __future__ import annotations

import asyncio
import datetime
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from heeler.server import tls
from heeler.settings import Settings, SettingsError


def write_certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A self-signed certificate of ``name`` for localhost, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    begin = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + datetime.timedelta(days=36_500))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    files = folder / "server.pem", folder / "server.key"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return files


async def served_name(port: int) -> str:
    client = ssl.create_default_context()
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=client)
    connection = writer.get_extra_info("ssl_object")
    found = x509.load_der_x509_certificate(connection.getpeercert(binary_form=True))
    writer.close()
    return str(found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


async def test_a_renewed_certificate_is_served_without_a_restart(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    certificate, key = write_certificate(tmp_path, "first")
    context = tls.context(certificate, key)
    looks: asyncio.Queue[None] = asyncio.Queue()
    looked = asyncio.Event()

    async def sleep(_: float) -> None:
        looked.set()
        await looks.get()

    async def look() -> None:
        looked.clear()
        looks.put_nowait(None)
        await looked.wait()

    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    task = asyncio.ensure_future(tls.reload_changed(context, certificate, key, sleep))
    async with server:
        await looked.wait()
        assert await served_name(port) == "first"
        certificate.write_text("half written")
        await look()
        assert "was not reloaded" in caplog.text
        assert await served_name(port) == "first"
        write_certificate(tmp_path, "second")
        await look()
        assert await served_name(port) == "second"
    task.cancel()


def test_settings_name_files_that_are_there(tmp_path: Path) -> None:
    certificate, key = write_certificate(tmp_path, "x")
    both = {"HEELER_TLS_CERTIFICATE": str(certificate), "HEELER_TLS_KEY": str(key), "HOME": str(tmp_path)}
    assert Settings.from_env(both).local_url == "https://localhost:8124"
    with pytest.raises(SettingsError, match="HEELER_TLS_CERTIFICATE is set without HEELER_TLS_KEY"):
        Settings.from_env({**both, "HEELER_TLS_KEY": ""})
    with pytest.raises(SettingsError, match="there is no file"):
        Settings.from_env({**both, "HEELER_TLS_KEY": str(tmp_path / "none")})
