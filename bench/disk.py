"""Bytes a sample on disk: a day of samples at 15 s, after all merging that a store would do in time.

Heeler's store is merged and counted after its server has ended; VictoriaMetrics is asked to merge.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
import urllib.request
from collections.abc import Iterable
from pathlib import Path

from bench import load, servers, table
from bench.send import disk_bytes, send
from bench.servers import API_KEY, Server
from bench.table import Row
from heeler.store.engine import Engine

METRICS = 100
_PER_TABLE = """
SELECT table, sum(bytes_on_disk) FROM system.parts
WHERE active AND table IN ('points', 'series') GROUP BY table ORDER BY table
"""


def run(hosts: int = 4) -> None:
    """A row a server, for a day of ``hosts`` times 100 series."""
    end = int(time.time()) // 86400 * 86400
    name = f"on disk, a day of {hosts * METRICS} series"
    with tempfile.TemporaryDirectory() as folder:
        with servers.heeler(Path(folder) / "heeler") as server:
            samples = _fill(server, load.V2, hosts, end)
            place, kind = server.data, server.name
        size = merged_bytes(place)
        table.put(Row(name, kind, samples, sample_bytes=size / samples))
        with servers.victoria_metrics(Path(folder) / "peer") as peer:
            if peer is not None:
                samples = _fill(peer, load.REMOTE_WRITE, hosts, end)
                size = _merge_peer(peer)
                table.put(Row(name, peer.name, samples, sample_bytes=size / samples))


def _fill(server: Server, form: load.Format, hosts: int, end: int) -> int:
    bodies = load.bodies(form, hosts=hosts, metrics=METRICS, flushes=24, points=240, end=end)
    return asyncio.run(_send(server, form, list(bodies)))


async def _send(server: Server, form: load.Format, bodies: Iterable[load.Body]) -> int:
    headers = {**form.headers, "DD-API-KEY": API_KEY}
    result = await send(server.port, form.path, headers, bodies, pid=server.pid, connections=2, settle=2)
    if any(code >= 300 for code in result.codes):
        raise RuntimeError(f"{server.name} answered {dict(result.codes)}")
    return result.samples


def merged_bytes(store: Path) -> int:
    """Bytes of samples and series, keys included, in the store at ``store`` once its parts are merged."""
    engine = Engine(f"chdb://{store}")
    try:
        for name in ("points", "series"):
            engine.execute_sync(f"OPTIMIZE TABLE {name} FINAL")
        return sum(int(size) for _, size in engine.rows_sync(_PER_TABLE))
    finally:
        engine.close()


def _merge_peer(server: Server) -> int:
    urllib.request.urlopen(f"http://127.0.0.1:{server.port}/internal/force_merge", timeout=60).close()
    before, size = -1, disk_bytes(server.data)
    while size != before:
        time.sleep(10)
        before, size = size, disk_bytes(server.data)
    return size


if __name__ == "__main__":
    run()
