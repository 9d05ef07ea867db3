"""The writer with its group commits, retries and write-ahead log between clients that try again, and a store
and a disk that fail.

Real are `Writer`, `Committer`, `Unresolved`, `WriteAheadLog` and its files' formats; simulated are the engine
and the disk below and the clients above. The engine fails before or after it stored the rows, is slow, hangs,
has a full disk, and takes a token once. The disk is slow, full, and loses what it could not write. The server
is killed, or loses power, at random moments: what was in its memory is gone, and what it had under way may be
done or not.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pyarrow as pa

from heeler.store.engine import Engine, EngineError
from heeler.store.group_commit import RowsRejected, StoreFailed
from heeler.store.wal import WriteAheadLog
from heeler.store.writer import DiskFull, StoreFull, Writer
from tests.unit.simulation.clock import VirtualLoop
from tests.unit.simulation.disk import Disk, DiskFaults, DiskOfLife

TABLES = ("series", "points", "logs", "errors")


@dataclass
class Faults:
    """Chances of an insert, and what holds for a while."""

    before: float = 0.0
    """Nothing is stored, and an error is told."""
    after: float = 0.0
    """The rows are stored, and an error is told."""
    slow: float = 0.0
    """Seconds to minutes."""
    full: bool = False


@dataclass
class Store:
    """What is on disk: it outlives the server. ``rows`` counts each row of a table by its number."""

    rng: random.Random
    faults: Faults = field(default_factory=Faults)
    rows: dict[str, Counter[int]] = field(default_factory=lambda: {name: Counter() for name in TABLES})
    tokens: set[tuple[str, str]] = field(default_factory=set)

    def put(self, table: str, rows: pa.Table, token: str) -> None:
        if (table, token) in self.tokens:
            return
        self.tokens.add((table, token))
        self.rows[table].update(rows.column("n").to_pylist())


class SimulatedEngine:
    """What a server has open; it stores nothing any more once that server is dead."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.dead = False

    def before_reads(self, *_: object) -> None:
        """Nobody reads."""

    async def insert(self, table: str, rows: pa.Table, token: str = "") -> None:
        rng, faults = self._store.rng, self._store.faults
        await asyncio.sleep(rng.uniform(5, 90) if rng.random() < faults.slow else rng.uniform(0.001, 0.2))
        if self.dead:
            await asyncio.Event().wait()
        if faults.full or rng.random() < faults.before:
            code = 243 if faults.full else 210
            raise EngineError(f"Code: {code}. Simulated, before the rows were stored")
        if any(one < 0 for one in rows.column("n").to_pylist()):
            raise EngineError("Code: 72. Simulated: cannot parse the rows")
        self._store.put(table, rows, token)
        await asyncio.sleep(rng.uniform(0, 0.05))
        if rng.random() < faults.after:
            raise EngineError("Code: 210. Simulated, after the rows were stored")

    async def run_insert(self, call: Callable[..., Any], *args: Any) -> Any:
        await asyncio.sleep(0)
        return call(*args)


class Server:
    """One life of a server. Its data folder has ``folder`` for what is put aside."""

    def __init__(self, store: Store, disk: Disk, folder: Path) -> None:
        loop = asyncio.get_running_loop()
        self.engine, self.files = SimulatedEngine(store), DiskOfLife(disk)
        engine = cast("Engine", self.engine)
        self.log = WriteAheadLog(
            folder, self.engine.insert, ("logs", "errors"), files=self.files, clock=loop.time
        )
        self.writer = Writer(engine, logs=[self.log], clock=loop.time, has_room=lambda: not store.faults.full)
        self.died: asyncio.Future[None] = loop.create_future()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Raises ``OSError`` where the disk does not let it."""
        self.writer.know(await self.log.recover())
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self.writer.run()), loop.create_task(self.log.run())]

    async def take(self, body: int, kind: str, *, repeatable: bool = False) -> None:
        """Store a request's rows as the intake does."""
        rows = pa.table({"n": pa.array([body], pa.int64())})
        if kind == "points":
            await self.writer.write({"series": rows, "points": rows})
            return
        names = ("logs", "errors") if body % 3 == 0 else ("logs",)
        await self.writer.write(dict.fromkeys(names, rows), str(body).encode(), repeatable=repeatable)

    def kill(self) -> None:
        self.engine.dead = self.files.dead = True
        for task in self._tasks:
            task.cancel()
        self.died.set_result(None)

    async def close(self) -> None:
        self.writer.close()
        self.log.close()
        await asyncio.gather(*self._tasks)


class Killed(ConnectionError):
    """The connection broke: whether the rows are stored is not known."""


class World:
    """A server that is killed and started again, over one store."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.rng = random.Random(seed)
        self.store, self.disk, self._folder = Store(self.rng), Disk(self.rng), folder
        self.server = Server(self.store, self.disk, folder)
        self.acknowledged: dict[str, list[int]] = {"points": [], "logs": []}
        self.rejected: list[int] = []

    async def start(self) -> None:
        """Start a server; whoever supervises it tries again."""
        while True:
            server = Server(self.store, self.disk, self._folder)
            try:
                await server.start()
            except OSError:
                server.kill()
                await asyncio.sleep(self.rng.uniform(0.5, 5))
            else:
                self.server = server
                return

    async def restart(self) -> None:
        self.server.kill()
        if self.rng.random() < 0.5:
            self.disk.lose_power()
        await asyncio.sleep(self.rng.uniform(0.1, 20))
        await self.start()

    async def client(self, body: int, kind: str) -> None:
        """Sends one body until it is acknowledged, as Agents do; sometimes it hangs up and sends it again."""
        pause = 0.5
        while True:
            try:
                await self._attempt(body, kind)
            except (StoreFailed, StoreFull, DiskFull, Killed, TimeoutError):
                await asyncio.sleep(pause * self.rng.uniform(0.5, 1.5))
                pause = min(pause * 2, 30)
            except RowsRejected:
                self.rejected.append(body)
                return
            else:
                self.acknowledged[kind].append(body)
                return

    async def _attempt(self, body: int, kind: str) -> None:
        server = self.server
        if server.died.done():
            raise Killed
        answer = asyncio.ensure_future(server.take(body, kind))
        patience = self.rng.choice((0.05, 5, 60)) if self.rng.random() < 0.2 else 120
        await asyncio.wait({answer, server.died}, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
        if answer.done():
            answer.result()
            return
        answer.cancel()
        raise Killed if server.died.done() else TimeoutError


async def run(seed: int, folder: Path, bodies: int = 60, crashes: int = 2) -> World:
    """Bodies and faults of ten minutes; then the faults end, and everybody is served."""
    world = World(seed, folder)
    rng = world.rng
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    loop.thread_seconds = lambda: rng.uniform(2, 30) if rng.random() < slow else rng.uniform(0.0005, 0.02)
    slow = 0.0
    await world.start()

    async def send(number: int) -> None:
        await asyncio.sleep(rng.uniform(0, 300))
        body = -number if rng.random() < 0.05 else number
        await world.client(body, rng.choice(("points", "logs")))

    async def trouble() -> None:
        for _ in range(crashes):
            await asyncio.sleep(rng.uniform(5, 150))
            await world.restart()

    async def weather() -> None:
        nonlocal slow
        while loop.time() < 400:
            world.store.faults = Faults(
                before=rng.choice((0, 0, 0.3, 0.9)),
                after=rng.choice((0, 0, 0.3, 0.9)),
                slow=rng.choice((0, 0.2)),
                full=rng.random() < 0.15,
            )
            slow = rng.choice((0, 0, 0.05, 0.3))
            world.disk.faults = DiskFaults(
                full=rng.choice((0, 0, 0.3, 1)),
                write=rng.choice((0, 0, 0.2)),
                synchronize=rng.choice((0, 0, 0.3, 0.8)),
                truncate=rng.choice((0, 0, 0.5)),
            )
            await asyncio.sleep(rng.uniform(1, 40))
        world.store.faults, world.disk.faults, slow = Faults(), DiskFaults(), 0.0

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(weather())
        tasks.create_task(trouble())
        for number in range(1, bodies + 1):
            tasks.create_task(send(number))
    for _ in range(2):  # what is left over on the disk changes nothing at the next start
        await asyncio.sleep(200)
        await world.server.close()
        await world.start()
    await asyncio.sleep(200)
    await world.server.close()
    return world
