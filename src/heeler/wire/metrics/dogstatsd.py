"""Parser of the DogStatsD protocol, versions 1.0 to 1.6: a line to a metric, an event or a service check.

A metric is ``name:value[:value]|type[|@rate][|#tags][|c:..][|T..][|e:..][|card:..]``. Everything but the
values is its ``Header``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

KINDS = frozenset({"g", "c", "ms", "h", "d", "s"})
_PRIORITIES = frozenset({"normal", "low"})
_ENTITY = slice(len("dd.internal.entity_id:"), None)
_CARD = slice(len("dd.internal.card:"), None)
_ALERTS = frozenset({"error", "warning", "info", "success"})


class ParseError(ValueError):
    """The line is not valid DogStatsD; the message gives the reason."""


@dataclass(frozen=True, slots=True)
class Header:
    """``kind`` is g, c, ms, h, d or s; ``rate`` is within (0, 1]; ``host`` is None unless a ``host:`` tag
    is given.
    """

    name: str
    kind: str
    rate: float = 1.0
    tags: tuple[str, ...] = ()
    host: str | None = None
    timestamp: int = 0
    cardinality: str = ""
    local_data: str = ""
    external_data: str = ""
    entity_id: str = ""
    """Value of a tag ``dd.internal.entity_id``: a pod's UID."""
    unknown: str = ""
    """Fields of unknown kind, such as text after a pipe within a tag."""


@dataclass(frozen=True, slots=True)
class Metric:
    header: Header
    values: tuple[float, ...] = ()
    """Numbers; NaN and infinities included, as the client sent them."""
    member: str = ""
    """The value of a set (kind s), which is any text."""


@dataclass(frozen=True, slots=True)
class Event:
    title: str
    text: str
    tags: tuple[str, ...] = ()
    timestamp: int = 0
    host: str | None = None
    aggregation_key: str = ""
    priority: str = "normal"
    source_type_name: str = ""
    alert_type: str = "info"


@dataclass(frozen=True, slots=True)
class ServiceCheck:
    name: str
    status: int
    tags: tuple[str, ...] = ()
    timestamp: int = 0
    host: str | None = None
    message: str = ""


def split_datagram(datagram: bytes) -> list[str]:
    """Lines of a datagram, without empty ones; invalid UTF-8 becomes U+FFFD."""
    return [line for raw in datagram.split(b"\n") if (line := raw.rstrip(b"\r").decode(errors="replace"))]


def parse(line: str) -> Metric | Event | ServiceCheck:
    """Parse one line. Raises ParseError."""
    if line.startswith("_e{"):
        return _event(line)
    if line.startswith("_sc|"):
        return _service_check(line)
    return _metric(line)


def _metric(line: str) -> Metric:
    name, colon, rest = line.partition(":")
    value, bar, fields = rest.partition("|")
    if not colon or not bar:
        raise ParseError("a metric is name:value|type")
    if not name or not value:
        raise ParseError("name and value must not be empty")
    header = _header(name, fields)
    if header.kind == "s":
        return Metric(header, (), value)
    values = tuple([_number(part) for part in value.split(":") if part])
    if not values:
        raise ParseError("value must not be empty")
    return Metric(header, values)


def _header(name: str, fields: str) -> Header:
    kind, *optional = fields.split("|")
    if kind not in KINDS:
        raise ParseError(f"type {kind!r} is none of g, c, ms, h, d, s")
    rate, timestamp = 1.0, 0
    tags: tuple[str, ...] = ()
    host: str | None = None
    internal: list[str] = []
    unknown: list[str] = []
    extra = {"c:": "", "e:": "", "card:": ""}
    for item in optional:
        if item.startswith("#"):
            tags, host = _tags(item[1:])
            internal = [tag for tag in item[1:].split(",") if tag.startswith("dd.internal.")]
        elif item.startswith("@"):
            rate = _rate(item[1:])
        elif item.startswith("T"):
            timestamp = _timestamp(item[1:])
        else:
            prefix = next((known for known in extra if item.startswith(known)), "")
            if prefix:
                extra[prefix] = item[len(prefix) :]
            elif item:
                unknown.append(item)
    entity = next((tag[_ENTITY] for tag in internal if tag.startswith("dd.internal.entity_id:")), "")
    cardinality = next((tag[_CARD] for tag in internal if tag.startswith("dd.internal.card:")), "")
    return Header(
        name, kind, rate, tags, host, timestamp, extra["card:"] or cardinality, extra["c:"], extra["e:"],
        entity, "|".join(unknown),
    )  # fmt: skip


def _number(text: str) -> float:
    # Python accepts 1_000 and surrounding space as numbers; the protocol does not.
    if "_" in text or text != text.strip():
        raise ParseError(f"{text!r} is no number")
    try:
        return float(text)
    except ValueError:
        raise ParseError(f"{text!r} is no number") from None


def _rate(text: str) -> float:
    rate = _number(text)
    if not rate > 0 or math.isinf(rate):
        raise ParseError(f"sample rate {text!r} is not above 0")
    return min(rate, 1.0)


def _timestamp(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) <= 0 or len(text) > 18:
        raise ParseError(f"timestamp {text!r} is no positive whole number")
    return int(text)


def _tags(text: str) -> tuple[tuple[str, ...], str | None]:
    """Tags without ``host:``, and the value of the ``host:`` tag."""
    host: str | None = None
    plain = []
    for tag in text.split(","):
        if tag.startswith("host:"):
            host = tag[5:]
        elif tag and not tag.startswith("dd.internal."):
            plain.append(tag)
    return tuple(plain), host


def _event(line: str) -> Event:
    lengths, brace, rest = line[3:].partition("}:")
    title_length, comma, text_length = lengths.partition(",")
    if not brace or not comma or not (title_length + text_length).isascii():
        raise ParseError("an event is _e{title length,text length}:title|text")
    if not title_length.isdigit() or not text_length.isdigit() or len(lengths) > 20:
        raise ParseError("the lengths of an event are whole numbers of bytes")
    body = rest.encode()
    first, second = int(title_length), int(text_length)
    after = first + 1 + second
    if first == 0:
        raise ParseError("the title of an event must not be empty")
    if len(body) < after or body[first : first + 1] != b"|" or body[after : after + 1] not in (b"", b"|"):
        raise ParseError("the lengths of an event do not fit its title and text")
    title = body[:first].decode(errors="replace").replace("\\n", "\n")
    text = body[first + 1 : after].decode(errors="replace").replace("\\n", "\n")
    return _with_fields(title, text, body[after + 1 :].decode(errors="replace").split("|"))


def _with_fields(title: str, text: str, fields: list[str]) -> Event:
    named = {item[:2]: item[2:] for item in fields if item[1:2] == ":"}
    tags, host = next((_tags(item[1:]) for item in fields if item.startswith("#")), ((), None))
    priority, alert = named.get("p:", "normal"), named.get("t:", "info")
    return Event(
        title=title,
        text=text,
        tags=tags,
        timestamp=_timestamp(named["d:"]) if named.get("d:") else 0,
        host=named.get("h:", host),
        aggregation_key=named.get("k:", ""),
        priority=priority if priority in _PRIORITIES else "normal",
        source_type_name=named.get("s:", ""),
        alert_type=alert if alert in _ALERTS else "info",
    )


def _service_check(line: str) -> ServiceCheck:
    line, _, message = line.partition("|m:")
    parts = line.split("|")
    if len(parts) < 3 or not parts[1]:
        raise ParseError("a service check is _sc|name|status")
    if parts[2] not in ("0", "1", "2", "3"):
        raise ParseError(f"status {parts[2]!r} is none of 0, 1, 2, 3")
    fields = parts[3:]
    named = {item[:2]: item[2:] for item in fields if item[1:2] == ":"}
    tags, host = next((_tags(item[1:]) for item in fields if item.startswith("#")), ((), None))
    return ServiceCheck(
        name=parts[1],
        status=int(parts[2]),
        tags=tags,
        timestamp=_timestamp(named["d:"]) if named.get("d:") else 0,
        host=named.get("h:", host),
        message=message.replace("\\n", "\n").replace("m\\:", "m:"),
    )
