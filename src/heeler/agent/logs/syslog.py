"""Parser of syslog messages (RFC 5424 and RFC 3164, BSD), and the framing of RFC 6587."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

STATUSES = ("emergency", "alert", "critical", "error", "warn", "notice", "info", "debug")
"""Status by severity, 0 to 7."""
_RFC5424 = re.compile(
    r"^<(\d{1,3})>1 (\S+) (\S+) (\S+) (\S+) (\S+) (-|(?:\[(?:[^\]\\]|\\.)*\])+)(?: (.*))?$", re.DOTALL
)
_RFC3164 = re.compile(
    r"^<(\d{1,3})>([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) (\S+) ([^\s:\[]{1,48})(?:\[([^\]]*)\])?: ?(.*)$",
    re.DOTALL,
)
_PRIORITY = re.compile(r"^<(\d{1,3})>(.*)$", re.DOTALL)
_HIGHEST_PRIORITY = 191
_BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True)
class SyslogMessage:
    """``timestamp`` is milliseconds since the epoch, 0 if absent; texts are empty if absent."""

    text: str
    status: str = "info"
    timestamp: int = 0
    hostname: str = ""
    service: str = ""
    tags: tuple[str, ...] = ()


def parse_syslog(line: str, now: datetime) -> SyslogMessage:
    """Parse a message; an invalid line becomes the text of a message.

    ``now`` (with a time zone) supplies year and zone for RFC 3164, whose times have neither.
    """
    if (match := _RFC5424.match(line)) and int(match[1]) <= _HIGHEST_PRIORITY:
        return _rfc5424(match)
    if (match := _RFC3164.match(line)) and int(match[1]) <= _HIGHEST_PRIORITY:
        pid = (f"syslog_pid:{match[5]}",) if match[5] else ()
        stamp = _bsd_time(match[2], now)
        return SyslogMessage(
            match[6], _status(match[1]), stamp, match[3], match[4], (*_facility(match[1]), *pid)
        )
    if (match := _PRIORITY.match(line)) and int(match[1]) <= _HIGHEST_PRIORITY:
        return SyslogMessage(match[2], _status(match[1]), tags=_facility(match[1]))
    return SyslogMessage(line)


def _rfc5424(match: re.Match[str]) -> SyslogMessage:
    priority, stamp, host, service, process, message_id, data, text = match.groups()
    tags = [*_facility(priority)]
    tags += [f"syslog_pid:{process}"] if process != "-" else []
    tags += [f"syslog_msgid:{message_id}"] if message_id != "-" else []
    body = (text or "").removeprefix(_BYTE_ORDER_MARK)
    return SyslogMessage(
        body if data == "-" else f"{data} {body}".rstrip(),
        _status(priority),
        _iso_time(stamp),
        "" if host == "-" else host,
        "" if service == "-" else service,
        tuple(tags),
    )


def _status(priority: str) -> str:
    return STATUSES[int(priority) & 7]


def _facility(priority: str) -> tuple[str, ...]:
    return (f"syslog_facility:{int(priority) >> 3}",)


def _iso_time(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return 0
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def _bsd_time(text: str, now: datetime) -> int:
    """The latest time with this month, day and time that is not more than a day after ``now``."""
    for year in (now.year + 1, now.year, now.year - 1):
        try:
            moment = datetime.strptime(f"{year} {text}", "%Y %b %d %H:%M:%S").replace(tzinfo=now.tzinfo)
        except ValueError:
            continue
        if (moment - now).total_seconds() < 86_400:
            return int(moment.timestamp() * 1000)
    return 0


class SyslogFrames:
    """Splits a TCP stream into messages: octet counting (``123 <34>...``) or one a line."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._data = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Completed messages. Raises ValueError for an invalid length."""
        self._data += data
        found = []
        while self._data:
            match = re.match(rb"(\d{1,9}) (?=<)", self._data)
            if match:
                length = int(match[1])
                if length > self._most:
                    raise ValueError(f"a message of {length} bytes is longer than {self._most}")
                if len(self._data) < match.end() + length:
                    break
                found.append(self._data[match.end() : match.end() + length])
                self._data = self._data[match.end() + length :].lstrip(b"\n")
                continue
            end = self._data.find(b"\n")
            if end < 0 and len(self._data) <= self._most:
                break
            end = end if end >= 0 else self._most
            found.append(self._data[:end].rstrip(b"\r"))
            self._data = self._data[end:].removeprefix(b"\n")
        return [one for one in found if one]

    def flush(self) -> list[bytes]:
        rest, self._data = self._data, b""
        return [rest] if rest else []
