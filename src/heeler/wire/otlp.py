"""OTLP requests and responses in protobuf and JSON: the part shared by traces, metrics and logs.

Both encodings are decoded into the messages of :mod:`heeler.wire.proto.otlp_pb2`. OTLP's JSON is not
protobuf's own: ids are hexadecimal, enumerations are numbers, keys are lowerCamelCase, unknown keys are
ignored (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding), so ``google.protobuf.json_format``
misreads it.
"""

from __future__ import annotations

import base64
import binascii
import math
from functools import cache
from typing import Any, TypeVar

import msgspec
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import DecodeError, Message

from heeler.wire import protobuf
from heeler.wire.body_limits import MAX_ITEMS, MAX_TRACE_BYTES, check_bytes, check_json
from heeler.wire.metrics.series import PayloadError
from heeler.wire.proto import otlp_pb2 as pb

_M = TypeVar("_M", bound=Message)
PROTOBUF = "application/x-protobuf"
JSON = "application/json"
MAX_DEPTH = 60
"""Maximum nesting of messages, such as lists of lists as a value."""
#: Fields of a request that lead to its items: a resource's, a scope's, and theirs.
_ITEMS = (1, 2, 2)
_IDS = frozenset({"trace_id", "span_id", "parent_span_id"})
_REJECTED = {"traces": "rejectedSpans", "metrics": "rejectedDataPoints", "logs": "rejectedLogRecords"}
_FLOATS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


class OtlpError(PayloadError):
    """A body that is not valid OTLP; the message has the position."""


def is_json(content_type: str) -> bool | None:
    """Whether a Content-Type is JSON (True) or protobuf (False); None for any other (415)."""
    kind = content_type.partition(";")[0].strip().lower()
    return {JSON: True, PROTOBUF: False, "application/protobuf": False}.get(kind)


def decode(kind: type[_M], body: bytes, *, json: bool) -> _M:
    """Decode a request such as ``TracesRequest``. An empty body is an empty request.

    Raises :class:`OtlpError` or ``LimitExceeded``.
    """
    check_bytes(body, MAX_TRACE_BYTES)
    if json:
        check_json(body)
        return _from_json(kind, body)
    try:
        protobuf.count_messages(body, _ITEMS, MAX_ITEMS, "resources, scopes, spans, metrics or logs")
        found: _M = kind.FromString(body)
        return found
    except (DecodeError, PayloadError) as error:
        raise OtlpError(f"The body is not a {kind.DESCRIPTOR.name} in protobuf: {error}") from None


def _from_json(kind: type[_M], body: bytes) -> _M:
    try:
        tree = msgspec.json.decode(body) if body.strip() else {}
        found: _M = kind(**_message(kind.DESCRIPTOR, tree, kind.DESCRIPTOR.name, 0))
        return found
    except OtlpError:
        raise
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise OtlpError(f"The body is not JSON: {error}") from None
    except (TypeError, ValueError, OverflowError) as error:
        raise OtlpError(f"A value does not fit its field: {error}") from None


@cache
def _fields(descriptor: Descriptor) -> dict[str, FieldDescriptor]:
    return {field.camelcase_name: field for field in descriptor.fields}


def _message(descriptor: Descriptor, tree: Any, place: str, depth: int) -> dict[str, Any]:
    if not isinstance(tree, dict):
        raise OtlpError(f"{place} must be an object")
    if depth > MAX_DEPTH:
        raise OtlpError(f"{place[:200]} is nested more than {MAX_DEPTH} levels deep")
    found: dict[str, Any] = {}
    known = _fields(descriptor)
    for key, value in tree.items():
        field = known.get(key)
        if field is None or value is None:
            continue
        if not field.is_repeated:
            found[field.name] = _value(field, value, f"{place}.{key}", depth)
        elif isinstance(value, list):
            found[field.name] = [_value(field, one, f"{place}.{key}", depth) for one in value]
        else:
            raise OtlpError(f"{place}.{key} must be a list")
    return found


def _value(field: FieldDescriptor, value: Any, place: str, depth: int) -> Any:
    kind = field.cpp_type
    if kind == FieldDescriptor.CPPTYPE_MESSAGE:
        return _message(field.message_type, value, place, depth + 1)
    if field.type == FieldDescriptor.TYPE_BYTES:
        return _bytes(field.name, value, place)
    if kind == FieldDescriptor.CPPTYPE_DOUBLE:
        if isinstance(value, str):
            return _FLOATS[value] if value in _FLOATS else float(value)
        return value
    if kind in (FieldDescriptor.CPPTYPE_STRING, FieldDescriptor.CPPTYPE_BOOL):
        return value
    if isinstance(value, bool):
        raise OtlpError(f"{place} must be a number")
    if isinstance(value, float) and not value.is_integer():
        raise OtlpError(f"{place} must be a whole number")
    return int(value)


def _bytes(name: str, value: Any, place: str) -> bytes:
    if not isinstance(value, str):
        raise OtlpError(f"{place} must be text")
    try:
        return bytes.fromhex(value) if name in _IDS else base64.b64decode(value, validate=True)
    except (ValueError, binascii.Error):
        form = "hexadecimal" if name in _IDS else "base64"
        raise OtlpError(f"{place} is {value[:40]!r}: expected {form}") from None


def reply(signal: str, rejected: int = 0, message: str = "", *, json: bool) -> bytes:
    """Body of a 200 for ``traces``, ``metrics`` or ``logs``: empty, or a partial success.

    ``rejected`` items were not stored and must not be sent again; a message without them is a warning.
    """
    if not json:
        if not rejected and not message:
            return b""
        partial = pb.PartialSuccess(rejected=rejected, error_message=message)
        body: bytes = pb.ExportResponse(partial_success=partial).SerializeToString()
        return body
    if not rejected and not message:
        return b"{}"
    return msgspec.json.encode(
        {"partialSuccess": {_REJECTED[signal]: str(rejected), "errorMessage": message}},
    )


def status(code: int, message: str, *, json: bool) -> bytes:
    """``google.rpc.Status``, the body of every 4xx and 5xx. ``code`` is gRPC's, such as 3."""
    if json:
        return msgspec.json.encode({"code": code, "message": message})
    body: bytes = pb.Status(code=code, message=message).SerializeToString()
    return body


def plain(value: pb.AnyValue) -> Any:
    """Convert a value to str, bool, int, float, bytes, list or dict; None if empty. Depth is limited by the
    decoders.
    """
    match value.WhichOneof("value"):
        case None:
            return None
        case "array_value":
            return [plain(one) for one in value.array_value.values]
        case "kvlist_value":
            return {one.key: plain(one.value) for one in value.kvlist_value.values}
        case name:
            return getattr(value, name)


def text(value: Any) -> str:
    """Result of :func:`plain` as text of a tag: booleans lower-case, lists and objects as JSON, bytes in
    base64.
    """
    match value:
        case str():
            return value
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case bytes():
            return base64.b64encode(value).decode()
        case list() | dict():
            return msgspec.json.encode(value).decode()
    return str(value)
