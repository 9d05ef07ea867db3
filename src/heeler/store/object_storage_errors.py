"""Errors of object storage, each in a sentence that says what to do."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import Protocol

_CODE = re.compile(r"<Code>([A-Za-z0-9.]+)</Code>")
_STATUS = re.compile(r"status code: (\d{3})")
_MESSAGE = re.compile(r"<Message>([^<]{1,300})</Message>")
_RIGHTS = {
    "write": "s3:PutObject",
    "read": "s3:GetObject",
    "list": "s3:ListBucket",
    "delete": "s3:DeleteObject",
}
#: Parts of the client's texts about connections, with the reason.
_CONNECTION = (
    ("InvalidCertificate", "its certificate is not trusted (SSL_CERT_FILE names a file of authorities)"),
    ("dns error", "its name cannot be resolved"),
    ("failed to lookup", "its name cannot be resolved"),
    ("Connection refused", "nothing listens there"),
    ("kind: Timeout", "it did not answer in time"),
    ("InvalidContentType", "it does not speak TLS"),
    ("error sending request", "there is no connection"),
    ("error decoding response body", "the connection ended early"),
)


class ObjectStorageError(Exception):
    """A call failed; the message is a sentence for the operator."""


class ObjectMissing(ObjectStorageError):
    """There is no such object; the bucket is there."""


class ObjectExists(ObjectStorageError):
    """There is such an object already."""


class ObjectChanged(ObjectStorageError):
    """The object is not the one that was to be replaced."""


class Access(Protocol):
    """Who we are, for messages."""

    @property
    def access_key_id(self) -> str: ...
    @property
    def region(self) -> str: ...
    @property
    def place(self) -> str: ...


class Named(Protocol):
    """A bucket, for messages."""

    name: str

    @property
    def access(self) -> Access: ...


@contextlib.contextmanager
def error_of(action: str, bucket: Named) -> Iterator[None]:
    """Convert the errors of the client library. ``action``: write, read, list or delete."""
    from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError

    try:
        yield
    except AlreadyExistsError as error:
        raise ObjectExists(f"There is such an object already in the bucket {bucket.name}") from error
    except PreconditionError as error:
        raise ObjectChanged(f"The object in the bucket {bucket.name} is another now") from error
    except (BaseError, OSError, ValueError) as error:
        text = str(error)
        code = found.group(1) if (found := _CODE.search(text)) else ""
        sentence = _sentence(action, bucket, code, text)
        missing = isinstance(error, FileNotFoundError) and code in ("NoSuchKey", "")
        raise (ObjectMissing if missing else ObjectStorageError)(sentence) from error


def _sentence(action: str, bucket: Named, code: str, text: str) -> str:
    access, name = bucket.access, bucket.name
    key = _short(access.access_key_id)
    known = {
        "InvalidAccessKeyId": f"{access.place} does not know the access key {key}: "
        "check HEELER_S3_ACCESS_KEY_ID",
        "SignatureDoesNotMatch": f"The secret key of {key} is wrong: check "
        "HEELER_S3_SECRET_ACCESS_KEY (and HEELER_S3_REGION)",
        "NoSuchBucket": f"There is no bucket {name} at {access.place}: create it",
        "NoSuchKey": f"The object is not in the bucket {name}",
        "RequestTimeTooSkewed": "The clock of this machine differs from that of the store by more than 15 "
        "minutes: set it",
        "ExpiredToken": "The session token has expired: set HEELER_S3_SESSION_TOKEN anew",
        "AccessDenied": f"The access key {key} may not {action} objects in the bucket {name}: grant it "
        f"{_RIGHTS[action]}",
        "SlowDown": f"{access.place} asks for fewer requests",
    }
    known["AllAccessDisabled"] = known["AccessDenied"]
    known["InvalidToken"] = known["ExpiredToken"]
    for other in ("PermanentRedirect", "AuthorizationHeaderMalformed", "TemporaryRedirect"):
        known[other] = f"The bucket {name} is not in the region {access.region}: set HEELER_S3_REGION"
    if code in known:
        return known[code]
    said = found.group(1).strip() if (found := _MESSAGE.search(text)) else ""
    if code:
        return f"{access.place} refused to {action} in the bucket {name}: {code}{f', {said}' if said else ''}"
    if found := _STATUS.search(text):
        return f"{access.place} answered {found.group(1)} to a request to {action} in the bucket {name}"
    if "Received redirect" in text:
        return known["PermanentRedirect"]
    reason = next((words for part, words in _CONNECTION if part in text), text.splitlines()[0][:200])
    return f"{access.place} cannot be reached: {reason}"


def _short(key: str) -> str:
    """The beginning of an access key, which is no secret but needs no repetition."""
    return f"{key[:4]}..." if len(key) > 4 else key
