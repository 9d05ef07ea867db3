"""What a server weighs: processor seconds of a start, and where its memory at rest goes.

    python -m bench.weight --starts 2 --seconds 20

The first start is on an empty data folder, later ones on the same folder. Prints, for each start, processor
seconds until it answers and after ``--seconds``, resident MB and those not of files; and for the last one the
mappings that take most.
"""

from __future__ import annotations

import argparse
import re
import tempfile
import time
from collections import Counter
from pathlib import Path

import psutil
from tests.conftest import start_server

_HEAD = re.compile(r"^[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ \d+\s*(.*)$")


def mappings(process: int) -> tuple[Counter[str], int]:
    """Resident KiB by file (or kind) mapped, and those not of files."""
    found: Counter[str] = Counter()
    own, name = 0, ""
    for line in Path(f"/proc/{process}/smaps").read_text().splitlines():
        if head := _HEAD.match(line):
            name = Path(head[1]).name if head[1].startswith("/") else head[1] or "(anonymous)"
        elif line.startswith("Rss:"):
            found[name] += int(line.split()[1])
        elif line.startswith("Anonymous:"):
            own += int(line.split()[1])
    return found, own


def processor_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--starts", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--top", type=int, default=12)
    given = parser.parse_args()
    print(
        "| start | answers after CPU s | s | after a rest CPU s | resident MB | not of files |\n"
        + "|---" * 6
        + "|"
    )
    with tempfile.TemporaryDirectory(prefix="heeler-weight-") as folder:
        for number in range(1, given.starts + 1):
            began = time.monotonic()
            server = start_server(Path(folder))
            took = time.monotonic() - began
            process = psutil.Process(server.process.pid)
            ready = processor_seconds(process)
            time.sleep(given.seconds)
            found, own = mappings(server.process.pid)
            total = sum(found.values()) / 1024
            print(
                f"| {number} | {ready:.1f} | {took:.1f} | {processor_seconds(process):.1f} | {total:.0f} "
                f"| {own / 1024:.0f} |",
                flush=True,
            )
            server.stop()
    print("\n| mapping | resident MB |\n|---|---:|")
    for name, size in found.most_common(given.top):
        print(f"| `{name}` | {size / 1024:.0f} |")


if __name__ == "__main__":
    main()
