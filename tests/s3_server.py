"""An S3-compatible server as a process: moto, in an environment of its own (``.venv/s3-server``).

It verifies signatures and what an access key may do, conditional writes and uploads in parts. What it has is
in memory. It is not Amazon S3: nothing here shows what a real store does under load, when it throttles, or
with temporary credentials.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from heeler.store.object_storage import Bucket, S3Access
from tests.processes import Child, end

ENVIRONMENT = Path(sys.prefix) / "s3-server"
#: What the access key of a test may use: all buckets with these names.
ALLOWED = "heeler-*"
_IAM = (
    "AWS4-HMAC-SHA256 Credential=setup/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0"
)
_S3 = _IAM.replace("/iam/", "/s3/")
_POLICY = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", '
    f'"Resource": ["arn:aws:s3:::{ALLOWED}", "arn:aws:s3:::{ALLOWED}/*"]}}]}}'
)


@dataclass
class S3Server:
    """A running server with some buckets, and one access key that may use those named ``heeler-*``. Without
    ``verified`` any key will do.
    """

    port: int
    verified: bool = True
    buckets: tuple[str, ...] = ("heeler-backups", "heeler-archives", "others")
    key: str = field(default="any", init=False)
    secret: str = field(default="any", init=False)
    process: subprocess.Popen[bytes] = field(init=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """The settings of a server that uses this store."""
        return {
            "HEELER_S3_ENDPOINT": self.url,
            "HEELER_S3_ACCESS_KEY_ID": self.key,
            "HEELER_S3_SECRET_ACCESS_KEY": self.secret,
        }

    def access(self, **changes: str) -> S3Access:
        given = {"access_key_id": self.key, "secret_access_key": self.secret, "endpoint": self.url}
        return S3Access(**{**given, **changes})  # type: ignore[arg-type]

    def bucket(self, name: str, prefix: str = "") -> Bucket:
        return Bucket(self.access(), name, prefix)

    def start(self) -> None:
        python = ENVIRONMENT / "bin" / "python"
        if not python.exists():
            pytest.skip("There is no S3 server for tests: make install-dev installs it")
        self.process = Child(
            [str(python), "-m", "moto.server", "-p", str(self.port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._wait()
        for bucket in self.buckets:
            self._call("PUT", f"/{bucket}", b"", {"Authorization": _S3})
        if self.verified:
            self._verify()

    def _verify(self) -> None:
        self._iam(Action="CreateUser", UserName="heeler")
        made = self._iam(Action="CreateAccessKey", UserName="heeler")
        self.key, self.secret = (
            re.search(f"<{name}>([^<]+)<", made)[1]  # type: ignore[index]
            for name in ("AccessKeyId", "SecretAccessKey")
        )
        self._iam(Action="PutUserPolicy", UserName="heeler", PolicyName="own", PolicyDocument=_POLICY)
        self._call("POST", "/moto-api/reset-auth", b"0", {"Content-Type": "text/plain"})

    def stop(self) -> None:
        end(self.process)

    def _wait(self) -> None:
        deadline = time.monotonic() + 120
        while True:
            try:
                self._call("GET", "/moto-api/data.json")
                return
            except OSError:
                assert self.process.poll() is None, "the S3 server ended"
                assert time.monotonic() < deadline, "the S3 server did not start"
                time.sleep(0.1)

    def _iam(self, **fields: str) -> str:
        body = urllib.parse.urlencode({"Version": "2010-05-08", **fields}).encode()
        return self._call("POST", "/", body, {"Authorization": _IAM})

    def _call(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> str:
        request = urllib.request.Request(f"{self.url}{path}", body, headers or {}, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return str(answer.read(), "utf-8", "replace")
