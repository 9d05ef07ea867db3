"""Per-metric statistics (count, last seen) for ``heeler agent dogstatsd-stats``."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

MAX_METRICS = 20_000


class MetricStats:
    """Counts by name and tags, as sent; at most 20,000 entries, the rest is counted together."""

    def __init__(self) -> None:
        self._counts: dict[tuple[bytes, bytes], list[float]] = {}
        self.others = 0

    def take(self, lines: Iterable[bytes]) -> None:
        now = time.time()
        for line in lines:
            name, colon, rest = line.partition(b":")
            fields = rest.partition(b"|")[2]
            if not colon or not fields or name.startswith((b"_e{", b"_sc|")):
                continue
            entry = self._counts.get((name, fields))
            if entry is None:
                if len(self._counts) >= MAX_METRICS:
                    self.others += 1
                    continue
                entry = self._counts[name, fields] = [0, now]
            entry[0] += 1
            entry[1] = now

    def rows(self) -> list[dict[str, Any]]:
        """Rows by descending count: name, tags, count, and epoch seconds of the last sample."""
        rows: dict[tuple[str, str], dict[str, Any]] = {}
        for (name, fields), (count, last) in self._counts.items():
            parts = fields.decode(errors="replace").split("|")
            tags = next((part[1:] for part in parts if part.startswith("#")), "")
            key = name.decode(errors="replace"), tags
            row = rows.setdefault(key, {"name": key[0], "tags": tags, "count": 0, "last_seen": 0.0})
            row["count"] += int(count)
            row["last_seen"] = max(row["last_seen"], last)
        return sorted(rows.values(), key=lambda row: (-row["count"], row["name"], row["tags"]))

    def save(self, file: Path) -> None:
        """Replace ``file``. Raises OSError."""
        file.parent.mkdir(parents=True, exist_ok=True)
        temporary = file.with_suffix(".tmp")
        temporary.write_text(json.dumps({"metrics": self.rows(), "others": self.others}))
        temporary.replace(file)
