"""Objects in a bucket of a real S3-compatible server."""

from __future__ import annotations

import os
import ssl
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from heeler.settings import Settings, SettingsError
from heeler.store.object_storage import (
    PIECE_BYTES,
    Bucket,
    Encryption,
    ObjectChanged,
    ObjectExists,
    ObjectMissing,
    ObjectStorageError,
    S3Access,
    bucket_name,
    endpoint_of,
    split_url,
)
from tests.conftest import free_port
from tests.s3_server import S3Server

NAME = "heeler-backups"


def test_what_is_put_is_listed_read_and_deleted(s3: S3Server) -> None:
    bucket = s3.bucket(NAME, "a/b")
    bucket.put("one", b"1")
    bucket.put("deep/two words+%41", b"22")
    bucket.put("empty", b"")
    assert sorted((one.key, one.size) for one in bucket.list()) == [
        ("deep/two words+%41", 2), ("empty", 0), ("one", 1),
    ]  # fmt: skip
    assert [one.key for one in bucket.list("deep")] == ["deep/two words+%41"]
    assert bucket.get("deep/two words+%41") == b"22"
    assert b"".join(bucket.pieces("empty", 0)) == b""
    assert list(s3.bucket(NAME, "a/other").list()) == []
    bucket.delete(["one", "empty", "never there"])
    assert [one.key for one in bucket.list()] == ["deep/two words+%41"]
    with pytest.raises(ObjectMissing):
        bucket.get("one")


def test_a_large_file_goes_in_parts_and_comes_back(s3: S3Server, tmp_path: Path) -> None:
    content = os.urandom(2 * PIECE_BYTES + 12345)
    (tmp_path / "file").write_bytes(content)
    bucket = s3.bucket(NAME, "large")
    bucket.put_file("file", tmp_path / "file", content_type="application/gzip")
    pieces = list(bucket.pieces("file", len(content)))
    assert [len(one) for one in pieces] == [PIECE_BYTES, PIECE_BYTES, 12345]
    assert b"".join(pieces) == content


def test_an_object_is_created_once(s3: S3Server) -> None:
    bucket = s3.bucket(NAME, "once")
    bucket.put("lock", b"mine", create=True)
    with pytest.raises(ObjectExists):
        bucket.put("lock", b"yours", create=True)
    assert bucket.get("lock") == b"mine"


def test_an_object_is_replaced_where_it_is_the_one_that_was_read(s3: S3Server) -> None:
    bucket = s3.bucket(NAME, "replaced")
    bucket.put("lock", b"first")
    first = bucket.read("lock")
    assert first.content == b"first"
    assert first.modified == next(iter(bucket.list())).modified
    bucket.put("lock", b"second", replaces=first.tag)
    with pytest.raises(ObjectChanged):
        bucket.put("lock", b"third", replaces=first.tag)
    assert bucket.get("lock") == b"second"
    bucket.delete(["lock"])
    with pytest.raises(ObjectChanged):
        bucket.put("lock", b"third", replaces=first.tag)
    with pytest.raises(ObjectMissing):
        bucket.read("lock")


def test_errors_say_what_to_do(s3: S3Server) -> None:
    def refusal(name: str = NAME, **changes: str) -> str:
        with pytest.raises(ObjectStorageError) as error:
            Bucket(s3.access(**changes), name).put("key", b"x")
        assert not isinstance(error.value, ObjectMissing | ObjectExists)
        assert s3.secret not in str(error.value)
        return str(error.value)

    assert "HEELER_S3_ACCESS_KEY_ID" in refusal(access_key_id="AKIAUNKNOWN")
    assert "HEELER_S3_SECRET_ACCESS_KEY" in refusal(secret_access_key="wrong")
    assert refusal("heeler-none") == f"There is no bucket heeler-none at {s3.url}: create it"
    assert "may not write objects in the bucket others: grant it s3:PutObject" in refusal("others")
    port = free_port()
    assert refusal(endpoint=f"http://127.0.0.1:{port}").startswith(
        f"http://127.0.0.1:{port} cannot be reached: "
    )
    assert "its name cannot be resolved" in refusal(endpoint="http://store.invalid")


ANSWERS = {
    "RequestTimeTooSkewed": (403, "The clock of this machine differs"),
    "PermanentRedirect": (301, "set HEELER_S3_REGION"),
    "ExpiredToken": (400, "HEELER_S3_SESSION_TOKEN"),
    "InvalidStorageClass": (400, "InvalidStorageClass, Said by the store"),
    "": (418, "answered 418"),
}


@pytest.mark.parametrize("code", ANSWERS)
def test_refusals_of_other_stores(code: str) -> None:
    status, words = ANSWERS[code]

    class Refusing(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            body = f"<Error><Code>{code}</Code><Message>Said by the store</Message></Error>" if code else ""
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Refusing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        access = S3Access("key", "secret", endpoint=f"http://127.0.0.1:{server.server_port}")
        with pytest.raises(ObjectStorageError) as error:
            Bucket(access, "bucket").put("key", b"x")
        server.shutdown()
    assert words in str(error.value)


class _Seen:
    def __init__(self) -> None:
        self.requests: list[tuple[str, str, dict[str, str]]] = []

    def server(self) -> HTTPServer:
        seen = self.requests

        class Accepting(BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                names = {name.lower(): value for name, value in self.headers.items()}
                seen.append((names["host"], self.path, names))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.send_header("ETag", '"x"')
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        return HTTPServer(("127.0.0.1", 0), Accepting)


def test_headers_and_addressing(tmp_path: Path) -> None:
    seen = _Seen()
    (tmp_path / "file").write_bytes(b"x")
    with seen.server() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        endpoint = f"http://localhost:{server.server_port}"
        plain = S3Access("key", "secret", "token", endpoint, "eu-west-3")
        encrypted = Bucket(plain, "bucket", "p", Encryption("aws:kms", "the-key"))
        encrypted.put_file("k", tmp_path / "file", storage_class="STANDARD_IA")
        server.shutdown()
    hosted = S3Access("key", "secret", "", endpoint, virtual_hosts=True)
    assert endpoint_of(hosted, "bucket") == endpoint.replace("//", "//bucket.")
    ((host, path, headers),) = seen.requests
    assert (host, path) == (f"localhost:{server.server_port}", "/bucket/p/k")
    assert headers["x-amz-server-side-encryption"] == "aws:kms"
    assert headers["x-amz-server-side-encryption-aws-kms-key-id"] == "the-key"
    assert headers["x-amz-storage-class"] == "STANDARD_IA"
    assert headers["x-amz-security-token"] == "token"
    assert "/eu-west-3/s3/aws4_request" in headers["authorization"]


def _signed(
    name: str, issuer: str, signer: ec.EllipticCurvePrivateKey, key: ec.EllipticCurvePublicKey
) -> bytes:
    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    now, is_authority = datetime.now(UTC), name == issuer
    made = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named(issuer))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .sign(signer, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


def certificate(folder: Path) -> Path:
    """A certificate of ``localhost`` with its key, in a file; ``authority.pem`` is its authority."""
    authority, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    own = _signed("authority", "authority", authority, authority.public_key())
    (folder / "authority.pem").write_bytes(own)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    both = folder / "both.pem"
    both.write_bytes(secret + _signed("localhost", "authority", authority, key.public_key()))
    return both


def test_tls_is_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = _Seen()
    with seen.server() as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate(tmp_path))
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        access = S3Access("key", "secret", endpoint=f"https://localhost:{server.server_port}")
        with pytest.raises(ObjectStorageError, match="certificate is not trusted"):
            Bucket(access, "bucket").put("k", b"x")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
        Bucket(access, "bucket").put("k", b"x")
        server.shutdown()
    assert [path for _, path, _ in seen.requests] == ["/bucket/k"]


@pytest.mark.parametrize("name", ["", "ab", "Upper", "10.0.0.1", "a..b", "a/b", "x@y", "-abc", "a" * 64])
def test_names_that_are_no_bucket(name: str) -> None:
    with pytest.raises(ValueError, match="no name of a bucket"):
        bucket_name(name)


def test_addresses() -> None:
    assert split_url("s3://bucket") == ("bucket", "")
    assert split_url("s3://bucket/a/b/") == ("bucket", "a/b")
    for wrong in (
        "http://bucket/a",
        "s3://",
        "s3://bucket/a//b",
        "s3://bucket/../b",
        "s3://b:1/x",
        "s3://bucket?x",
    ):
        with pytest.raises(ValueError):
            split_url(wrong)


def test_settings(tmp_path: Path) -> None:
    def read(**variables: str) -> S3Access:
        return S3Access.of(Settings.from_env({"HEELER_DATA": str(tmp_path), **variables}))

    own = {"HEELER_S3_ACCESS_KEY_ID": "a", "HEELER_S3_SECRET_ACCESS_KEY": "b"}
    amazon = {"AWS_ACCESS_KEY_ID": "c", "AWS_SECRET_ACCESS_KEY": "d", "AWS_SESSION_TOKEN": "e"}
    found = read(**own, **amazon)
    assert (found.access_key_id, found.secret_access_key, found.session_token) == ("a", "b", "")
    assert found.virtual_hosts
    found = read(**amazon, HEELER_S3_ENDPOINT="http://store:9000", HEELER_S3_REGION="garage")
    assert found == S3Access("c", "d", "e", "http://store:9000", "garage", virtual_hosts=False)
    assert read(**own, HEELER_S3_ENDPOINT="http://store", HEELER_S3_ADDRESSING="virtual").virtual_hosts
    with pytest.raises(ObjectStorageError, match="HEELER_S3_ACCESS_KEY_ID"):
        read()
    with pytest.raises(SettingsError, match="HEELER_S3_SECRET_ACCESS_KEY"):
        read(HEELER_S3_ACCESS_KEY_ID="a")
    with pytest.raises(SettingsError, match="HEELER_S3_ENDPOINT"):
        read(**own, HEELER_S3_ENDPOINT="store:9000")
