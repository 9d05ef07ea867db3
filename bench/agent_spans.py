"""Spans through an agent and a server: ``python -m bench.agent_spans``.

Payloads of a tracer (v0.4, 100 traces of ten spans, all of them kept) by HTTP to our agent, which delivers
them to a server that is started anew. Spans for each second of CPU of the agent, of the server, and of both,
merging included. The first 110,000 spans are not measured: with them, an agent loads its compiled encoder.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench import servers
from bench.load import Body
from bench.send import cpu_seconds, memory_mb, send
from bench.servers import API_KEY
from bench.tracer_decoding import PER_TRACE, TRACES, payloads

SPANS = TRACES * PER_TRACE
WARM_UP = 110
_HEADERS = {"Content-Type": "application/msgpack", "Datadog-Meta-Lang": "python"}


def _start(root: Path, url: str, port: int) -> subprocess.Popen[bytes]:
    """The agent's trace component; its status is in ``agent/run/status/trace.json``."""
    folder = root / "agent"
    folder.mkdir()
    (folder / "datadog.yaml").write_text(
        f"api_key: '{API_KEY}'\ndd_url: {url}\nhostname: bench\n"
        f"apm_config: {{receiver_port: {port}, receiver_socket: {folder}/apm.socket}}\n"
        "otlp_config: {receiver: {protocols: {grpc: {endpoint: ''}, http: {endpoint: ''}}}}\n"
    )
    command = [sys.executable, "-m", "heeler.agent.component", "trace", "--cfgpath", str(folder)]
    with (root / "agent.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    while not servers._listens(port):
        if process.poll() is not None:
            raise RuntimeError((root / "agent.log").read_text()[-2000:])
        time.sleep(0.2)
    return process


def _deliver(port: int, pid: int, bodies: list[bytes], settle: float) -> int:
    """Send what a tracer would; how many spans were accepted."""
    work = (Body(one, SPANS) for one in bodies)
    result = asyncio.run(send(port, "/v0.4/traces", _HEADERS, work, pid=pid, connections=4, settle=settle))
    bad = {code: count for code, count in result.codes.items() if code >= 300}
    if bad:
        print(f"refused: {bad}")
    return result.samples


def run(spans: int) -> None:
    """Print a line for the agent, the server, and both."""
    now = time.time_ns() - 10**9
    made = [payloads(now - place * 10**8)["v0.4"] for place in range(10)]
    count = max(spans // SPANS, 1)
    with tempfile.TemporaryDirectory() as folder, servers.heeler(Path(folder) / "server") as server:
        port = servers.free_port()
        agent = _start(Path(folder), f"http://127.0.0.1:{server.port}", port)
        try:
            _deliver(port, agent.pid, [made[place % 10] for place in range(WARM_UP)], 20)
            before = cpu_seconds(agent.pid), cpu_seconds(server.pid)
            sent = _deliver(port, agent.pid, [made[place % 10] for place in range(count)], 15)
            costs = [cpu_seconds(agent.pid) - before[0], cpu_seconds(server.pid) - before[1]]
            memory = memory_mb(agent.pid)[0]
        finally:
            agent.terminate()
            agent.wait(60)
        status: dict[str, Any] = json.loads((Path(folder) / "agent/run/status/trace.json").read_text())
    print("| | spans/CPU-s | CPU s/100,000 |\n|---|---:|---:|")
    for name, cost in zip(("agent", "server", "both"), (*costs, sum(costs)), strict=True):
        print(f"| {name} | {sent / cost:,.0f} | {cost / sent * 1e5:.2f} |")
    print(f"{sent} spans measured, {status['status']['sent']['spans']} sent in all; agent {memory:.0f} MB")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spans", type=int, default=200_000)
    run(parser.parse_args().spans)
