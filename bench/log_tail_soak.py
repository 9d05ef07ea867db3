"""Days of log tailing in minutes: rotations of every kind, kills and a server in every mood, by seed.

    .venv/bin/python -m bench.log_tail_soak [--hours 24] [--seconds-per-hour 4] [--seed 1]

A program writes numbered lines to some files, which are rotated by rename, by copy and truncation, with
compression, and twice within a second after a burst. The agent is killed (the component that reads logs, or
all of it), and the server is slow, refuses, redirects, answers with a page, or is away. In the end every line
must have arrived at least once, and those of a file in their order when each is counted the first time.
Prints lines, duplicates, and what is missing; ends with 1 if anything is.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from heeler.agent.forwarder.transaction import decompress

FILES = 3
MOODS = ("well", "well", "well", "slow", "unavailable", "busy", "page", "redirect", "away")
ROTATIONS = ("none", "rename", "copytruncate", "compress", "burst")
_SETTLE_SECONDS = 90.0
_OLD_FILES = 50


class Server:
    """Stores what it accepted: for each file, numbers in the order in which they came first."""

    def __init__(self) -> None:
        self.mood = "well"
        self.first: dict[str, list[int]] = {}
        self.seen: Counter[tuple[str, int]] = Counter()
        self._lock = threading.Lock()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if server.mood == "away":
                    self.close_connection = True
                    self.connection.close()
                    return
                status, head, answer = server.answer(
                    self.path, body, self.headers.get("Content-Encoding", "")
                )
                self.send_response(status)
                for name, value in head.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                with suppress(ConnectionError):  # the agent was killed meanwhile
                    self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                return

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def answer(self, path: str, body: bytes, encoding: str) -> tuple[int, dict[str, str], bytes]:
        mood = self.mood
        if mood in ("unavailable", "busy"):
            return (503 if mood == "unavailable" else 429), {}, b"{}"
        if mood == "page":
            return 200, {"Content-Type": "text/html"}, b"<html>Please log in</html>"
        if mood == "redirect" and not path.startswith("/moved"):
            return 308, {"Location": f"/moved{path}"}, b""
        if mood == "slow":
            time.sleep(0.5)
        if "/api/v2/logs" in path:
            self._take(json.loads(decompress(body, encoding or "identity")))
        return 202, {"Content-Type": "application/json"}, b"{}"

    def _take(self, logs: list[dict[str, Any]]) -> None:
        with self._lock:
            for one in logs:
                name, _, number = str(one["message"]).partition(" ")
                key = name, int(number.split(" ", 1)[0])
                if not self.seen[key]:
                    self.first.setdefault(name, []).append(key[1])
                self.seen[key] += 1

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()


class Writer:
    """The program whose logs are read: one file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.written = 0
        self._file = path.open("a")

    def write(self, lines: int) -> None:
        for _ in range(lines):
            self._file.write(f"{self.path.stem} {self.written} some words to fill a line of a log\n")
            self.written += 1
        self._file.flush()

    def rotate(self, kind: str) -> None:
        if kind == "copytruncate":
            self._shift()
            shutil.copyfile(self.path, self.path.with_suffix(".log.1"))
            os.truncate(self.path, 0)
            return
        if kind == "burst":
            for _ in range(2):
                self.write(2000)
                self._rename()
            return
        if kind in ("rename", "compress"):
            before = self._file
            self._rename(keep=True)
            # The program goes on with its old handle for a moment, as those do that are told later.
            before.write(f"{self.path.stem} {self.written} the last line of the old file\n")
            self.written += 1
            before.close()
        if kind == "compress":
            old = self.path.with_suffix(".log.1")
            threading.Timer(1.5, compress, (old,)).start()

    def _rename(self, *, keep: bool = False) -> None:
        self._shift()
        if not keep:
            self._file.close()
        self.path.rename(self.path.with_suffix(".log.1"))
        self._file = self.path.open("a")

    def _shift(self) -> None:
        """Old files move on by one number."""
        for number in range(_OLD_FILES, 0, -1):
            for end in ("", ".gz"):
                with suppress(FileNotFoundError):
                    old, new = (self.path.with_suffix(f".log.{one}{end}") for one in (number, number + 1))
                    old.rename(new)


def compress(path: Path) -> None:
    """As logrotate does it: the plain file goes when the compressed one is whole."""
    with suppress(FileNotFoundError):
        target = path.with_name(path.name + ".gz")
        target.write_bytes(gzip.compress(path.read_bytes()))
        shutil.copystat(path, target)
        path.unlink()


class Agent:
    def __init__(self, folder: Path, url: str, logs: Path) -> None:
        self._folder = folder
        (folder / "conf.d").mkdir(parents=True)
        (folder / "conf.d" / "soak.yaml").write_text(
            f"logs:\n  - {{type: file, path: '{logs}/*.log', service: soak, source: soak, "
            "start_position: beginning}\n"
        )
        (folder / "datadog.yaml").write_text(
            f"api_key: k\ndd_url: {url}\nhostname: soak\nlogs_enabled: true\nuse_dogstatsd: false\n"
            "log_to_console: false\napm_config: {enabled: false}\ncollector: {enabled: false}\n"
            "process_config: {container_collection: {enabled: false}}\nforwarder_backoff_max: 2\n"
            "logs_config: {file_scan_period: 0.5, close_timeout: 5, batch_wait: 0.3}\n"
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "heeler", "agent", "--cfgpath", str(self._folder), "run"]
        self._process = subprocess.Popen(command, stderr=subprocess.DEVNULL)

    def wait(self) -> None:
        """Until the component that reads logs runs."""
        status = self._folder / "run" / "status" / "logs.json"
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with suppress(OSError, ValueError, KeyError):
                if json.loads(status.read_text())["state"] == "running":
                    return
            time.sleep(0.1)
        raise SystemExit("the agent did not start within a minute")

    def kill(self, what: str) -> None:
        """``component``: the one that reads logs, which the supervisor starts again; ``all``: everything."""
        pids = []
        for name in ("logs", "supervisor"):
            with suppress(OSError, ValueError, KeyError):
                state = json.loads((self._folder / "run" / "status" / f"{name}.json").read_text())
                pids.append(int(state["pid"]))
        for pid in pids[:1] if what == "component" else pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if what == "all" and self._process is not None:
            self._process.kill()
            self._process.wait()
            self.start()

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(15)


def soak(seed: int, hours: int, seconds: float) -> int:
    choose = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="tail-soak") as name:
        root = Path(name)
        (root / "logs").mkdir()
        server = Server()
        writers = [Writer(root / "logs" / f"app{number}.log") for number in range(FILES)]
        agent = Agent(root / "agent", server.url, root / "logs")
        agent.start()
        agent.wait()  # a file that was rotated before the agent first looked is none of its files
        kills: Counter[str] = Counter()
        try:
            for hour in range(hours):
                server.mood = choose.choice(MOODS)
                rotations = {at: choose.choice(ROTATIONS) for at in range(FILES)}
                end = time.monotonic() + seconds
                turn = choose.uniform(0.2, 0.8) * seconds
                killed = choose.choice(("", "", "component", "all"))
                while (left := end - time.monotonic()) > 0:
                    for at, writer in enumerate(writers):
                        writer.write(choose.randrange(0, 40))
                        if left < turn and rotations[at] != "none":
                            writer.rotate(rotations.pop(at))
                            rotations[at] = "none"
                    if killed and left < turn / 2:
                        agent.kill(killed)
                        kills[killed] += 1
                        killed = ""
                    time.sleep(0.1)
                written = sum(writer.written for writer in writers)
                print(
                    f"  hour {hour + 1:>2}: server {server.mood}, {written:,} lines written, "
                    f"{len(server.seen):,} arrived",
                    flush=True,
                )
            server.mood = "well"
            total = sum(writer.written for writer in writers)
            deadline = time.monotonic() + _SETTLE_SECONDS
            while len(server.seen) < total and time.monotonic() < deadline:
                time.sleep(0.5)
        finally:
            agent.stop()
            server.close()
            if len(server.seen) < sum(writer.written for writer in writers):
                print((root / "agent" / "logs" / "logs.log").read_text()[-3000:])
                for file in sorted((root / "logs").iterdir()):
                    print(f"  {file.name}: inode {file.stat().st_ino}, {file.stat().st_size:,} bytes")
    return report(seed, hours, server, writers, kills)


def report(seed: int, hours: int, server: Server, writers: list[Writer], kills: Counter[str]) -> int:
    missing = disordered = 0
    for writer in writers:
        found = server.first.get(writer.path.stem, [])
        absent = sorted({*range(writer.written)} - {*found})
        missing += len(absent)
        if absent:
            print(f"  of {writer.path.name} ({writer.written:,} lines) are missing: {ranges(absent)}")
        disordered += sum(later < earlier for earlier, later in itertools.pairwise(found))
    twice = sum(count - 1 for count in server.seen.values())
    print(
        f"seed {seed}, {hours} hours: {sum(writer.written for writer in writers):,} lines, "
        f"{missing:,} missing, {disordered:,} out of order, {twice:,} sent again; {dict(kills)} kills",
        flush=True,
    )
    return missing


def ranges(numbers: list[int]) -> str:
    """``0-4, 17``: numbers in a row as one."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=int, default=24)
    parser.add_argument("--seconds-per-hour", type=float, default=4.0)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    sys.exit(1 if soak(given.seed, given.hours, given.seconds_per_hour) else 0)


if __name__ == "__main__":
    main()
