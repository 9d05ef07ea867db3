"""GeoIP lookup in a MaxMind database (MMDB); format: https://maxmind.github.io/MaxMind-DB/ (version 2.0)."""

from __future__ import annotations

import ipaddress
import struct
from pathlib import Path
from typing import Any

_MARK = b"\xab\xcd\xefMaxMind.com"
MAX_DEPTH = 20


class GeoError(ValueError):
    """The file is not a valid MaxMind database."""


class GeoDatabase:
    """An open database, held in memory."""

    def __init__(self, content: bytes) -> None:
        at = content.rfind(_MARK)
        if at < 0:
            raise GeoError("This is not a MaxMind database: its metadata is missing.")
        self._data = content
        try:
            meta = _Reader(content, at + len(_MARK)).value(at + len(_MARK))[0]
            self._nodes, self._bits = int(meta["node_count"]), int(meta["record_size"])
            self._version = int(meta["ip_version"])
        except (IndexError, KeyError, TypeError, ValueError, struct.error) as error:
            raise GeoError("The metadata of this MaxMind database cannot be read.") from error
        if self._bits not in (24, 28, 32) or self._nodes * self._bits // 4 + 16 > at:
            raise GeoError("This MaxMind database is cut off, or of a record size that is not known.")
        self._values = _Reader(content, self._nodes * self._bits // 4 + 16)

    @classmethod
    def open(cls, path: Path) -> GeoDatabase:
        return cls(path.read_bytes())

    def find(self, text: str) -> dict[str, Any] | None:
        """Continent, country, subdivision, city and location of an address; None if unknown."""
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            return None
        if address.version == 6 and self._version == 4:
            return None
        bits, number = address.max_prefixlen, int(address)
        node = 0
        if self._version == 6 and address.version == 4:
            bits = 128  # IPv4 addresses are in ::/96
        for place in range(bits - 1, -1, -1):
            node = self._record(node, number >> place & 1)
            if node >= self._nodes:
                break
        if node <= self._nodes:
            return None
        offset = node - self._nodes - 16
        record = self._values.value(self._values.start + offset)[0]
        return _shown(record) if isinstance(record, dict) else None

    def _record(self, node: int, side: int) -> int:
        size = self._bits // 4
        raw = self._data[node * size : node * size + size]
        if self._bits == 24:
            return int.from_bytes(raw[3 * side : 3 * side + 3], "big")
        if self._bits == 32:
            return int.from_bytes(raw[4 * side : 4 * side + 4], "big")
        high = raw[3] & 0x0F if side else raw[3] >> 4
        return high << 24 | int.from_bytes(raw[4:7] if side else raw[:3], "big")


class _Reader:
    """Decoder of the data section that starts at ``start``."""

    def __init__(self, data: bytes, start: int) -> None:
        self._data, self.start = data, start

    def value(self, at: int, depth: int = 0) -> tuple[Any, int]:
        if depth > MAX_DEPTH:
            raise GeoError("The database is nested too deeply.")
        control = self._data[at]
        at += 1
        kind = control >> 5
        if kind == 1:
            return self._pointer(control, at, depth)
        if kind == 0:
            kind = 7 + self._data[at]
            at += 1
        size, at = self._size(control & 0x1F, at)
        if kind == 7:
            found: dict[str, Any] = {}
            for _ in range(size):
                key, at = self.value(at, depth + 1)
                found[str(key)], at = self.value(at, depth + 1)
            return found, at
        if kind == 11:
            items = []
            for _ in range(size):
                one, at = self.value(at, depth + 1)
                items.append(one)
            return items, at
        if kind == 14:
            return bool(size), at
        return _scalar(kind, self._data[at : at + size]), at + size

    def _pointer(self, control: int, at: int, depth: int) -> tuple[Any, int]:
        size = (control >> 3 & 3) + 1
        raw = self._data[at : at + size]
        prefix = (control & 7) << 8 * size if size < 4 else 0
        base = (0, 2048, 526336, 0)[size - 1]
        target = self.start + base + (prefix | int.from_bytes(raw, "big"))
        return self.value(target, depth + 1)[0], at + size

    def _size(self, size: int, at: int) -> tuple[int, int]:
        if size < 29:
            return size, at
        count = size - 28
        extra = int.from_bytes(self._data[at : at + count], "big")
        return (29, 285, 65821)[count - 1] + extra, at + count


def _scalar(kind: int, raw: bytes) -> Any:
    match kind:
        case 2:
            return raw.decode("utf-8", "replace")
        case 3:
            return struct.unpack(">d", raw)[0]
        case 15:
            return struct.unpack(">f", raw)[0]
        case 8:
            return int.from_bytes(raw, "big", signed=len(raw) == 4)
        case _:
            return int.from_bytes(raw, "big")


def _shown(record: dict[str, Any]) -> dict[str, Any] | None:
    def part(value: Any, key: str = "iso_code", shown: str = "iso_code") -> dict[str, Any]:
        fields = value if isinstance(value, dict) else {}
        name = (fields.get("names") or {}).get("en")
        return {name_: one for name_, one in ((shown, fields.get(key)), ("name", name)) if one is not None}

    subdivisions = record.get("subdivisions") or [{}]
    location = record.get("location") or {}
    found = {
        "continent": part(record.get("continent"), "code", "code"),
        "country": part(record.get("country")),
        "subdivision": part(subdivisions[0]),
        "city": {key: value for key, value in part(record.get("city")).items() if key == "name"},
        "location": {
            short: location[name]
            for short, name in (("lat", "latitude"), ("lon", "longitude"))
            if name in location
        },
    }
    known = {key: value for key, value in found.items() if value}
    return known or None
