"""``heeler agent diagnose``: checks the configuration, the connection to the server, and free ports."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from heeler.agent.collector.check_configs import read_configurations
from heeler.agent.component import COMPONENTS
from heeler.agent.config import Config, ConfigError
from heeler.agent.forwarder import Destination, Transaction, destinations
from heeler.agent.forwarder.http import HttpSender
from heeler.agent.forwarder.transaction import Verdict
from heeler.agent.logs.files import matching_files
from heeler.agent.logs.sources import load_sources
from heeler.agent.state import read_state
from heeler.agent.unused_settings import notices

_RESULTS = ("PASS", "FAIL", "WARNING", "ERROR")
_LOW_DISK = 512 * 2**20


@dataclass(frozen=True)
class Diagnosis:
    """``result``: 0 success, 1 fail, 2 warning, 3 unexpected error."""

    result: int
    name: str
    category: str
    diagnosis: str
    remediation: str = ""
    rawerror: str = ""


def diagnose(config: Config) -> dict[str, list[Diagnosis]]:
    """All diagnoses by suite."""
    return {
        "connectivity-datadog-core-endpoints": list(_endpoints(config)),
        "port-conflict": list(_ports(config)),
        "check-datadog": list(_checks(config)),
        "settings": list(_settings(config)),
        "logs": list(_logs(config)),
        "health-issues": [*_disk(config), *_running(config)],
    }


def as_json(suites: dict[str, list[Diagnosis]]) -> dict[str, Any]:
    runs = [
        {"suite_name": suite, "diagnoses": [asdict(one) for one in found]} for suite, found in suites.items()
    ]
    return {"runs": runs, "summary": _summary(suites)}


def render(suites: dict[str, list[Diagnosis]]) -> str:
    lines = ["=== Starting diagnose ==="]
    for suite, found in suites.items():
        lines += ["=" * 14, f"Suite: {suite}"]
        for number, one in enumerate(found, 1):
            lines += [f"{number}. --------------", f"  {_RESULTS[one.result]} [{one.category}] {one.name}"]
            lines += [f"  Diagnosis: {one.diagnosis}"]
            lines += [f"  Remediation: {one.remediation}"] if one.remediation else []
            lines += [f"  Error: {one.rawerror}"] if one.rawerror else []
    total = _summary(suites)
    counts = ", ".join(f"{name}:{count}" for name, count in total.items())
    return "\n".join([*lines, "-" * 25, f"  {counts}"]) + "\n"


def _summary(suites: dict[str, list[Diagnosis]]) -> dict[str, int]:
    results = [one.result for found in suites.values() for one in found]
    names = ("Success", "Fail", "Warning", "Error")
    return {"Total": len(results), **{name: results.count(code) for code, name in enumerate(names)}}


def _endpoints(config: Config) -> Iterator[Diagnosis]:
    try:
        found = destinations(config)
    except ConfigError as error:
        yield Diagnosis(1, "configuration", "connectivity", str(error))
        return
    for destination in found:
        yield _validate(destination, config)


def _validate(destination: Destination, config: Config) -> Diagnosis:
    url = f"{destination.url}/api/v1/validate"
    outcome = HttpSender(destination, config).send(
        Transaction("/api/v1/validate", b"", {"Accept": "application/json"}, 0.0, "GET")
    )
    if outcome.verdict is Verdict.SENT:
        good = f"it answers and knows the key ending with {destination.key_hint}"
        return Diagnosis(0, url, "connectivity", good)
    return Diagnosis(1, url, "connectivity", outcome.problem, rawerror=f"HTTP {outcome.status}")


def _ports(config: Config) -> Iterator[Diagnosis]:
    wanted = []
    if config.flag("use_dogstatsd") and config.integer("dogstatsd_port"):
        wanted.append(("dogstatsd", config.integer("dogstatsd_port"), socket.SOCK_DGRAM))
    if config.flag("apm_config.enabled"):
        wanted.append(("trace", config.integer("apm_config.receiver_port"), socket.SOCK_STREAM))
    for component, port, kind in wanted:
        if (state := read_state(config.run_path, component)) and state.get("state") == "running":
            yield Diagnosis(0, f"{component} port {port}", "ports", f"our {component} listens on it")
            continue
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                who = port_owner(port)
                text = f"port {port} is taken by {who}"
                cure = f"stop {who}, or set another port in datadog.yaml"
                yield Diagnosis(1, f"{component} port {port}", "ports", text, cure, str(error))
            else:
                yield Diagnosis(0, f"{component} port {port}", "ports", "it is free")


def port_owner(port: int) -> str:
    """Name and pid of the process that uses the port; ``another process`` if it is not visible."""
    try:
        connections = psutil.net_connections("inet")
    except psutil.Error:
        return "another process"
    for connection in connections:
        if connection.laddr and connection.laddr.port == port and not connection.raddr and connection.pid:
            try:
                return f"{psutil.Process(connection.pid).name()} (pid {connection.pid})"
            except psutil.Error:
                return f"pid {connection.pid}"
    return "another process"


def _checks(config: Config) -> Iterator[Diagnosis]:
    configurations = read_configurations(config)
    for path, reason in configurations.errors.items():
        yield Diagnosis(1, path, "configuration", reason)
    count = len(configurations.instances)
    yield Diagnosis(0, str(config.confd), "configuration", f"{count} check instances are configured")


def _settings(config: Config) -> Iterator[Diagnosis]:
    found = notices(config)
    for notice in found:
        cure = f"remove {notice.key}" if notice.known or not notice.reason else f"write {notice.reason}"
        yield Diagnosis(2, notice.key, "configuration", notice.sentence, cure)
    if not found:
        yield Diagnosis(0, "datadog.yaml", "configuration", "every setting in it has an effect")


def _logs(config: Config) -> Iterator[Diagnosis]:
    """Diagnosis of sources, rules and files, whether or not the component runs."""
    try:
        sources, problems = load_sources(config)
    except ConfigError as error:
        yield Diagnosis(1, "processing rules", "logs", str(error), "nothing is collected until it is mended")
        return
    for problem in problems:
        yield Diagnosis(1, "source", "logs", problem, "correct the entry")
    if sources and not config.flag("logs_enabled"):
        text = f"{len(sources)} sources are configured, but logs_enabled is false"
        yield Diagnosis(2, "logs_enabled", "logs", text, "set logs_enabled: true in datadog.yaml")
    for source in sources:
        if source.type == "file" and not any(map(readable, matching_files(source))):
            text = f"{source.path} ({source.file}): no file there can be read"
            yield Diagnosis(2, source.path, "logs", text, "check the path, or let this user read it")


def readable(path: Path) -> bool:
    return os.access(path, os.R_OK)


def _running(config: Config) -> Iterator[Diagnosis]:
    """Problems reported by the running components: delivery errors, drops, hung checks."""
    for component in COMPONENTS:
        state = read_state(config.run_path, component.name) or {}
        for forwarder in state.get("forwarder", ()):
            for queue in forwarder["destinations"]:
                if queue["problem"]:
                    yield Diagnosis(1, f"{component.name} to {queue['url']}", "delivery", queue["problem"])
                for reason, count in queue.get("dropped", {}).items():
                    text = f"{count:,} payloads were dropped ({reason})"
                    yield Diagnosis(2, f"{component.name} to {queue['url']}", "delivery", text)
    status = (read_state(config.run_path, "collector") or {}).get("status") or {}
    for title in (status.get("scheduler") or {}).get("hung", ()):
        yield Diagnosis(2, title, "checks", "this check does not return", "see what it waits for")
    packets = ((read_state(config.run_path, "dogstatsd") or {}).get("status") or {}).get("Packets") or {}
    for name in _LOSSES:
        if packets.get(name):
            text = f"{packets[name]:,} {_LOSSES[name]}"
            yield Diagnosis(2, f"dogstatsd {name}", "dogstatsd", text)
    queue = datagram_queue()
    if config.text("dogstatsd_socket") and 0 < queue < _SHORT_QUEUE:
        text = f"a Unix datagram socket holds {queue} packets: bursts of clients that do not wait are lost"
        cure = "sysctl -w net.unix.max_dgram_qlen=512, or use dogstatsd_stream_socket"
        yield Diagnosis(2, "net.unix.max_dgram_qlen", "dogstatsd", text, cure)


_LOSSES = {
    "PacketsDropped": "packets were dropped because the component was behind",
    "UdpPacketsDroppedByKernel": "packets were dropped by the kernel: raise net.core.rmem_max",
    "PacketsTruncated": "packets were longer than dogstatsd_buffer_size and cut",
    "MetricsWithUnknownFields": "metrics have fields of no known kind, such as a tag with a pipe",
    "MetricParseErrors": "lines were not DogStatsD",
    "UdsConnectionsRefused": "connections were refused",
    "ReaderRestarts": "times the reader of the sockets was started again",
}
_SHORT_QUEUE = 100


def datagram_queue() -> int:
    """Number of packets queued in a Unix datagram socket; 0 if unknown."""
    try:
        return int(Path("/proc/sys/net/unix/max_dgram_qlen").read_text())
    except (OSError, ValueError):
        return 0


def _disk(config: Config) -> Iterator[Diagnosis]:
    folder = config.run_path if config.run_path.exists() else config.directory
    if not folder.exists():
        return
    free = shutil.disk_usage(folder).free
    text = f"{free / 2**20:,.0f} MiB are free for the spool and logs in {folder}"
    low = free < _LOW_DISK
    yield Diagnosis(2 if low else 0, "disk space", "disk", text, "delete files on this disk" if low else "")
