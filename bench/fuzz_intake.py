"""Throws mutated bodies at every intake path: each is stored or refused with a reason, and none is a 5xx.

    python -m bench.fuzz_intake [--count 100000] [--seed 1] [--seconds 600]

The application is called in this process, with a real store. Bodies are those of real clients, changed as
documents (values, keys and items replaced, removed, repeated) and as bytes (flipped, cut, joined,
inserted), with their encodings right, wrong and missing. Memory, threads, files and tasks are compared before
and after.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import random
import sys
import tempfile
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count as numbers
from itertools import islice
from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa
import zstandard

from bench.intake_seeds import JSON, PROTOBUF, SEEDS, Seed, as_json, as_loose_json

_JUNK: tuple[Any, ...] = (
    None, True, False, -1, 0, 0.5, 1e308, -1e308, 2**31, 2**63, 2**64, -(2**70), 10**400, float("nan"),
    float("inf"),
    "", "x", "²", "\0", "é" * 50, "\ud800", "\udfff\ud800", "9" * 400, "9" * 5000, "nan", "-inf",
    "2026-13-45T99:99:99Z",
    "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59Z", [], [[]], {}, {"a": 1}, [1, "x", None],
    "a:b,c,,d", ["\ud800"],
    {"": {"": {}}}, [[[[[[[[]]]]]]]], "a" * 5000, {"a\ud800": "\udc00"}, b"\xff\xfe", [{}] * 50, ["t:1"] *
    2000,
)  # fmt: skip


def _deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"a": [value]}
    return value


class Mutator:
    """Makes requests of seeds; the same for the same ``rng``."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng

    def request(self, seed: Seed) -> tuple[dict[str, str], bytes]:
        """Headers and body."""
        rng = self._rng
        body = self._body(seed)
        headers = {"content-type": seed.content_type}
        if rng.random() < 0.1:
            headers["content-type"] = rng.choice(
                (JSON, PROTOBUF, "text/plain", "", "application/json; charset=x")
            )
        if rng.random() < 0.4:
            name = rng.choice(("gzip", "deflate", "zstd", "identity", "snappy", "br", "gzip, gzip", "x" * 50))
            headers["content-encoding"] = name
            if rng.random() < 0.9:
                body = _compressed(name, body)
            if rng.random() < 0.2:
                body = self._bytes(body)
        return headers, body

    def _body(self, seed: Seed) -> bytes:
        rng = self._rng
        if seed.document is None:
            return self._bytes(seed.raw)
        document = seed.document
        for _ in range(rng.choice((0, 1, 1, 1, 2, 3))):
            document = self._document(document)
        write = seed.form or rng.choice((as_json, as_loose_json))
        body = write(document)
        return self._bytes(body) if rng.random() < 0.3 else body

    def _document(self, value: Any) -> Any:
        """``value`` with one thing in it changed."""
        rng = self._rng
        if not isinstance(value, dict | list) or not value or rng.random() < 0.1:
            return _deep(rng.choice((10, 60, 150))) if rng.random() < 0.05 else rng.choice(_JUNK)
        if isinstance(value, list):
            place = rng.randrange(len(value))
            kept = list(value)
            if rng.random() < 0.15:
                return kept[:place] + kept[place + 1 :]
            if rng.random() < 0.1:
                return kept * rng.choice((2, 30))
            kept[place] = self._document(kept[place])
            return kept
        key = rng.choice(list(value))
        changed = dict(value)
        if rng.random() < 0.15:
            del changed[key]
        elif rng.random() < 0.05:
            changed["\ud800" if rng.random() < 0.5 else "x" * 300] = changed.pop(key)
        else:
            changed[key] = self._document(changed[key])
        return changed

    def _bytes(self, body: bytes) -> bytes:
        rng = self._rng
        data = bytearray(body)
        for _ in range(rng.choice((0, 1, 1, 2, 5))):
            at = rng.randrange(len(data) + 1)
            match rng.randrange(7):
                case 0 if data:
                    data[min(at, len(data) - 1)] = rng.randrange(256)
                case 1:
                    del data[at:]
                case 2:
                    del data[at : at + rng.randrange(1, 9)]
                case 3:
                    data[at:at] = rng.randbytes(rng.randrange(1, 9))
                case 4:
                    data += data[at : at + 200]
                case 5:
                    data[at:at] = rng.choice(
                        (b"NaN", b"1e999", b"\xff", b"\\ud800", b"{}", b"[", b"\x80" * 12, b"9" * 401)
                    )
                case _:
                    data[at:at] = b"\x0a\x00" * rng.randrange(1, 50)
        return bytes(data)


def _compressed(name: str, body: bytes) -> bytes:
    for one in reversed(name.split(", ")):
        if one == "gzip":
            packer = zlib.compressobj(wbits=31)
            body = packer.compress(body) + packer.flush()
        elif one == "deflate":
            body = zlib.compress(body)
        elif one == "zstd":
            body = zstandard.compress(body)
        elif one == "snappy":
            body = bytes(pa.Codec("snappy").compress(body, asbytes=True))
    return body


#: Requests at a time: so many share a commit, and the next are made while it lasts.
AT_ONCE = 2_000
ASGIApp = Callable[[MutableMapping[str, Any], Any, Any], Any]


async def send(app: ASGIApp, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
    """Status and body of the answer to a POST."""
    url, _, query = path.partition("?")
    raw = [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers.items()]
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": url, "raw_path": url.encode(), "root_path": "", "query_string": query.encode(),
        "headers": [*raw, (b"content-length", b"%d" % len(body))], "client": ("127.0.0.1", 1), "server":
        ("test", 80),
    }  # fmt: skip
    answer: dict[str, Any] = {"status": 0, "body": b""}
    gone = asyncio.Event()
    parts = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        if parts:
            return parts.pop()
        await gone.wait()
        return {"type": "http.disconnect"}

    async def take(message: Mapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            answer["status"] = message["status"]
        else:
            answer["body"] += message.get("body", b"")

    await app(scope, receive, take)
    return answer["status"], answer["body"]


@dataclass
class Tally:
    """Answers by path and status, and every request that was answered by a 5xx."""

    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    failures: list[tuple[str, dict[str, str], bytes, int, bytes]] = field(default_factory=list)

    def join(self, other: Tally) -> None:
        self.statuses.update(other.statuses)
        self.failures += other.failures


async def run(
    app: ASGIApp, headers: Mapping[str, str], count: int, seed: int, at_once: int = AT_ONCE
) -> Tally:
    """``count`` requests, ``at_once`` at a time, each path as often as the others."""
    mutator, tally = Mutator(random.Random(seed)), Tally()
    remaining = islice(_in_turn(), count)

    async def client() -> None:
        for chosen in remaining:
            more, body = mutator.request(chosen)
            status, answer = await send(app, chosen.path, {**headers, **more}, body)
            tally.statuses[chosen.path, status] += 1
            if status >= 500 or status == 0:
                tally.failures.append((chosen.path, more, body, status, answer))

    await asyncio.gather(*(client() for _ in range(min(at_once, count))))
    return tally


def _in_turn() -> Iterator[Seed]:
    """A seed of each path, in turn, without end."""
    by_path: dict[str, list[Seed]] = {}
    for one in SEEDS:
        by_path.setdefault(one.path, []).append(one)
    for turn in numbers():
        for seeds in by_path.values():
            yield seeds[turn % len(seeds)]


@dataclass(frozen=True)
class Held:
    """What a process holds: bytes of memory, threads, open files and tasks of its loop."""

    memory: int
    threads: int
    files: int
    tasks: int

    @classmethod
    def now(cls) -> Held:
        gc.collect()
        own = psutil.Process()
        return cls(own.memory_info().rss, own.num_threads(), own.num_fds(), len(asyncio.all_tasks()))

    def grown(self, before: Held) -> list[str]:
        """What is more than ``before`` by more than a store that has taken rows accounts for."""
        allowed = Held(before.memory + ALLOWED_BYTES, before.threads + 4, before.files + 40, before.tasks)
        pairs = ((name, getattr(self, name), getattr(allowed, name)) for name in Held.__dataclass_fields__)
        return [f"{name}: {getattr(before, name):,} to {has:,}" for name, has, most in pairs if has > most]


def thread_names() -> Counter[str]:
    """Threads of this process: Python's by the names of their pools, those of the store by their work."""
    names: Counter[str] = Counter()
    known = {one.native_id: one.name.rstrip("0123456789_-") for one in threading.enumerate()}
    for task in Path("/proc/self/task").glob("*"):
        with suppress(OSError):  # it ended meanwhile
            names[known.get(int(task.name)) or (task / "comm").read_text().strip()] += 1
    return names


#: Memory that the embedded store may take more for its parts and caches, whatever was sent.
ALLOWED_BYTES = 300 * 2**20
#: Requests after which all pools, caches and compiled loops exist.
WARM_UP = 3_000
#: Seconds before each look at what is held: what is under way in the store ends.
REST_SECONDS = 5.0
#: Seconds in which requests gather for a commit.
COMMIT_SECONDS = 0.25
#: Requests between two looks at the clock.
ROUND = 20_000


async def _main(a_path: int, seed: int, seconds: float) -> int:
    from bench.intake_app import opened

    paths = len({one.path for one in SEEDS})
    count, whole, done, began = a_path * paths, Tally(), 0, time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        async with opened(Path(folder), delay=COMMIT_SECONDS) as (app, headers):
            whole.join(await run(app, headers, WARM_UP, seed))
            # The loop's own pool starts its few threads as they are first needed.
            await asyncio.gather(*(asyncio.to_thread(time.sleep, 0.1) for _ in range(64)))
            await asyncio.sleep(REST_SECONDS)
            before, named = Held.now(), thread_names()
            while done < count and time.monotonic() - began < seconds:
                whole.join(await run(app, headers, min(ROUND, count - done), seed + done + 1))
                done += ROUND
            await asyncio.sleep(REST_SECONDS)
            after, more = Held.now(), thread_names() - named
    print(f"threads more than before, by name: {dict(more) or 'none'}")
    return _report(whole, before, after, time.monotonic() - began)


def _report(tally: Tally, before: Held, after: Held, seconds: float) -> int:
    by_path: dict[str, Counter[int]] = {}
    for (path, status), number in tally.statuses.items():
        by_path.setdefault(path, Counter())[status] += number
    for path, statuses in sorted(by_path.items()):
        counts = "  ".join(f"{status}: {number:,}" for status, number in sorted(statuses.items()))
        print(f"{path:40} {statuses.total():8,}   {counts}")
    print(f"{tally.statuses.total():,} bodies in {seconds:.0f} s; before {before}; after {after}")
    for path, more, body, status, answer in tally.failures[:20]:
        print(f"\n{status} {path} {more}\n  {body[:2000]!r}\n  {answer[:500]!r}")
    grown = after.grown(before)
    print(f"grown: {'; '.join(grown) or 'nothing'}")
    return 1 if tally.failures or grown else 0


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--count", type=int, default=100_000, help="bodies of each path")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--seconds", type=float, default=float("inf"), help="stop after this time")
    chosen = arguments.parse_args()
    sys.exit(asyncio.run(_main(chosen.count, chosen.seed, chosen.seconds)))


if __name__ == "__main__":
    main()
