"""DNS messages (RFC 1035): encodes a question, decodes the answers. No sockets."""

from __future__ import annotations

import ipaddress
import struct
from dataclasses import dataclass

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "SRV": 33}
ERRORS = {1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}
_HEADER = struct.Struct(">HHHHHH")
_RECORD = struct.Struct(">HHIH")
_RECURSION = 0x0100
_MAX_POINTERS = 32


class DNSError(ValueError):
    """The message is malformed, or the server refused; the error text tells which."""


@dataclass(frozen=True)
class Answer:
    """``value`` is an address, a name, or the text of another record type."""

    type: int
    value: str


def encode_question(identity: int, name: str, kind: str) -> bytes:
    """Encode a recursive question for records of type ``kind``. Raises DNSError for an invalid name."""
    labels = name.rstrip(".").split(".") if name.rstrip(".") else []
    try:
        encoded = [label.encode("idna") if not label.startswith("_") else label.encode() for label in labels]
    except UnicodeError as error:
        raise DNSError(f"{name!r} is no host name: {error}") from error
    if any(not 0 < len(label) < 64 for label in encoded) or sum(len(label) + 1 for label in encoded) > 254:
        raise DNSError(f"{name!r} is no host name")
    question = b"".join(bytes((len(label),)) + label for label in encoded) + b"\0"
    return _HEADER.pack(identity, _RECURSION, 1, 0, 0, 0) + question + struct.pack(">HH", TYPES[kind], 1)


def decode_answers(message: bytes, identity: int) -> list[Answer]:
    """Decode the answers of a response to question ``identity``. Raises DNSError."""
    try:
        number, flags, questions, answers, _, _ = _HEADER.unpack_from(message)
        if number != identity or not flags & 0x8000:
            raise DNSError("the response belongs to another question")
        code = flags & 15
        if code:
            raise DNSError(f"the server answered {ERRORS.get(code, code)}")
        at = _HEADER.size
        for _ in range(questions):
            at = _name(message, at)[1] + 4
        found = []
        for _ in range(answers):
            at = _name(message, at)[1]
            kind, _, _, length = _RECORD.unpack_from(message, at)
            at += _RECORD.size
            found.append(Answer(kind, _value(message, kind, at, length)))
            at += length
    except (struct.error, IndexError) as error:
        raise DNSError("the response is cut short") from error
    return found


def _value(message: bytes, kind: int, at: int, length: int) -> str:
    data = message[at : at + length]
    if len(data) < length:
        raise DNSError("the response is cut short")
    if kind in (TYPES["A"], TYPES["AAAA"]):
        try:
            return str(ipaddress.ip_address(data))
        except ValueError as error:
            raise DNSError(str(error)) from error
    if kind in (TYPES["NS"], TYPES["CNAME"], TYPES["PTR"]):
        return _name(message, at)[0]
    if kind == TYPES["MX"]:
        return f"{int.from_bytes(data[:2])} {_name(message, at + 2)[0]}"
    if kind == TYPES["SRV"]:
        priority, weight, port = struct.unpack_from(">HHH", data)
        return f"{priority} {weight} {port} {_name(message, at + 6)[0]}"
    if kind == TYPES["TXT"]:
        return _texts(data)
    return data.hex()


def _texts(data: bytes) -> str:
    parts, at = [], 0
    while at < len(data):
        parts.append(data[at + 1 : at + 1 + data[at]].decode(errors="replace"))
        at += 1 + data[at]
    return " ".join(parts)


def _name(message: bytes, at: int) -> tuple[str, int]:
    """A name, compressed or not, and the offset after it."""
    labels: list[str] = []
    after = 0
    for _ in range(_MAX_POINTERS + 128):
        length = message[at]
        if length >= 0xC0:
            after = after or at + 2
            at = (length & 0x3F) << 8 | message[at + 1]
        elif length == 0:
            return ".".join(labels), after or at + 1
        else:
            labels.append(message[at + 1 : at + 1 + length].decode("ascii", "replace"))
            at += 1 + length
    raise DNSError("a name of the response has no end")
