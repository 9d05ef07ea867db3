"""``heeler agent diagnose``: is the configuration usable, does the server answer, are the ports free."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import psutil
import urllib3

from heeler.agent.collector.check_configs import read_configurations
from heeler.agent.config import Config, ConfigError
from heeler.agent.forwarder import Destination, destinations
from heeler.agent.state import read_state

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
        "health-issues": list(_disk(config)),
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
    http = urllib3.PoolManager(
        retries=False,
        timeout=5.0,
        cert_reqs="CERT_NONE" if config.flag("skip_ssl_validation") else "CERT_REQUIRED",
    )
    try:
        status = http.request("GET", url, headers={"DD-Api-Key": destination.api_key}).status
    except (urllib3.exceptions.HTTPError, OSError) as error:
        return Diagnosis(1, url, "connectivity", destination.unreachable(error), rawerror=str(error))
    if status == 200:
        good = f"it answers and knows the key ending with {destination.key_hint}"
        return Diagnosis(0, url, "connectivity", good)
    return Diagnosis(1, url, "connectivity", destination.refusal(status), rawerror=f"HTTP {status}")


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
    """Name and pid of the process that has the port; ``another process`` where it cannot be seen."""
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


def _disk(config: Config) -> Iterator[Diagnosis]:
    folder = config.run_path if config.run_path.exists() else config.directory
    if not folder.exists():
        return
    free = shutil.disk_usage(folder).free
    text = f"{free / 2**20:,.0f} MiB are free for the spool and logs in {folder}"
    low = free < _LOW_DISK
    yield Diagnosis(2 if low else 0, "disk space", "disk", text, "delete files on this disk" if low else "")
