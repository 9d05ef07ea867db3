"""Host metadata sent by the agent: the v5 payload with gohai, and the inventories."""

from __future__ import annotations

import json
import os
import platform
import socket
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil

from heeler import __version__
from heeler.agent.config import Config
from heeler.agent.hostname import Hostname

_STARTED = time.time()


def agent_uuid() -> str:
    """UUID of the agent, stable on a machine."""
    for file in ("/etc/machine-id", "/var/lib/dbus/machine-id"):
        try:
            text = Path(file).read_text(errors="replace").strip()
        except OSError:
            continue
        # In images for many machines the file is empty, or has this word, until the first start.
        if text and text != "uninitialized":
            return str(uuid.uuid5(uuid.NAMESPACE_OID, text))
    return str(uuid.uuid5(uuid.NAMESPACE_OID, str(uuid.getnode())))


def host_payload(config: Config, hostname: Hostname) -> dict[str, Any]:
    """Body of ``POST /intake/``, without the API key, which is sent in a header."""
    return {
        "agentVersion": __version__,
        "uuid": agent_uuid(),
        "internalHostname": hostname.name,
        "os": sys.platform,
        "agent-flavor": "agent",
        "python": platform.python_version(),
        "systemStats": _system_stats(),
        "meta": {
            "socket-hostname": socket.gethostname(),
            "timezones": list(time.tzname),
            "socket-fqdn": socket.getfqdn(),
            "hostname": hostname.name,
            "agent-hostname": hostname.name,
            "host_aliases": config.strings("host_aliases"),
            "hostname-resolution-version": 1,
        },
        "host-tags": {"system": config.host_tags},
        "network": {"network-id": ""},
        "logs": {"transport": "HTTP" if config.flag("logs_enabled") else ""},
        "install-method": {"tool": "heeler", "tool_version": __version__, "installer_version": ""},
        "gohai": json.dumps(gohai()),
    }


def inventory(config: Config, hostname: Hostname, checks: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Bodies for ``POST /api/v1/metadata``: the agent, the host, the checks."""
    common = {"hostname": hostname.name, "timestamp": time.time_ns(), "uuid": agent_uuid()}
    yield {
        **common,
        "agent_metadata": {
            "agent_version": __version__,
            "package_version": __version__,
            "flavor": "agent",
            "hostname_source": hostname.provider,
            "agent_startup_time_ms": int(_STARTED * 1000),
            "config_dd_url": config.url,
            "config_site": config.text("site"),
            "config_apm_dd_url": config.text("apm_config.apm_dd_url"),
            "config_logs_dd_url": config.text("logs_config.logs_dd_url"),
            "feature_apm_enabled": config.flag("apm_config.enabled"),
            "feature_logs_enabled": config.flag("logs_enabled"),
            "install_method_tool": "heeler",
        },
    }
    yield {**common, "host_metadata": _host_metadata()}
    if checks:
        yield {**common, "check_metadata": checks}


def gohai() -> dict[str, Any]:
    """Hardware, file systems, memory, network and platform; all leaves are text, as the Agent sends it."""
    cpu, swap = _cpu(), psutil.swap_memory()
    return {
        "cpu": {
            "vendor_id": cpu.get("vendor_id", ""),
            "model_name": cpu.get("model name", platform.processor()),
            "cpu_cores": str(psutil.cpu_count(logical=False) or psutil.cpu_count() or 1),
            "cpu_logical_processors": str(psutil.cpu_count() or 1),
            "mhz": cpu.get("cpu MHz", ""),
            "cache_size": cpu.get("cache size", ""),
            "family": cpu.get("cpu family", ""),
            "model": cpu.get("model", ""),
            "stepping": cpu.get("stepping", ""),
        },
        "filesystem": _filesystems(),
        "memory": {
            "total": f"{psutil.virtual_memory().total // 1024}kB",
            "swap_total": f"{swap.total // 1024}kB",
        },
        "network": _network(),
        "platform": {
            "GOOS": sys.platform,
            "GOOARCH": platform.machine(),
            "hostname": socket.gethostname(),
            "kernel_name": platform.system(),
            "kernel_release": platform.release(),
            "kernel_version": platform.version(),
            "machine": platform.machine(),
            "os": _os_name(),
            "processor": platform.processor() or platform.machine(),
            "pythonV": platform.python_version(),
        },
    }


def _system_stats() -> dict[str, Any]:
    release = _os_release()
    return {
        "cpuCores": psutil.cpu_count() or 1,
        "machine": platform.machine(),
        "platform": sys.platform,
        "pythonV": platform.python_version(),
        "processor": _cpu().get("model name", platform.processor()),
        "nixV": [release.get("ID", ""), release.get("VERSION_ID", ""), ""],
    }


def _host_metadata() -> dict[str, Any]:
    document = gohai()
    return {
        "cpu_cores": psutil.cpu_count(logical=False) or psutil.cpu_count() or 1,
        "cpu_logical_processors": psutil.cpu_count() or 1,
        "cpu_vendor": document["cpu"]["vendor_id"],
        "cpu_model": document["cpu"]["model_name"],
        "cpu_architecture": platform.machine(),
        "kernel_name": platform.system(),
        "kernel_release": platform.release(),
        "kernel_version": platform.version(),
        "os": _os_name(),
        "os_version": _os_release().get("VERSION_ID", ""),
        "memory_total_kb": psutil.virtual_memory().total // 1024,
        "memory_swap_total_kb": psutil.swap_memory().total // 1024,
        "ip_address": document["network"]["ipaddress"],
        "ipv6_address": document["network"]["ipaddressv6"],
        "mac_address": document["network"]["macaddress"],
        "agent_version": __version__,
    }


def _cpu() -> dict[str, str]:
    """The first processor of /proc/cpuinfo; empty elsewhere."""
    try:
        block = Path("/proc/cpuinfo").read_text().split("\n\n", 1)[0]
    except OSError:
        return {}
    pairs = (line.partition(":") for line in block.splitlines() if ":" in line)
    return {name.strip(): value.strip() for name, _, value in pairs}


def _filesystems() -> list[dict[str, str]]:
    found = []
    for part in psutil.disk_partitions():
        try:
            total = psutil.disk_usage(part.mountpoint).total
        except OSError:
            continue
        found.append({"name": part.device, "kb_size": str(total // 1024), "mounted_on": part.mountpoint})
    return found


def _network() -> dict[str, Any]:
    interfaces = []
    for name, addresses in psutil.net_if_addrs().items():
        by_family = {family: [a.address for a in addresses if a.family == family] for family in _FAMILIES}
        ipv4, ipv6, mac = (by_family[family] for family in _FAMILIES)
        entry: dict[str, Any] = {
            "name": name,
            "ipv4": ipv4,
            "ipv6": [a.split("%")[0] for a in ipv6],
            "macaddress": (mac or [""])[0],
        }
        interfaces.append(entry)
    outward = [entry for entry in interfaces if not (entry["ipv4"] or ["127."])[0].startswith("127.")]
    # A machine without IPv4 has an interface with an address other than ::1 and link-local ones.
    outward = outward or [entry for entry in interfaces if _global(entry["ipv6"])]
    main = (outward or interfaces or [{"ipv4": [], "ipv6": [], "macaddress": ""}])[0]
    return {
        "ipaddress": (main["ipv4"] or [""])[0],
        "ipaddressv6": (_global(main["ipv6"]) or main["ipv6"] or [""])[0],
        "macaddress": main["macaddress"],
        "interfaces": interfaces,
    }


def _global(addresses: list[str]) -> list[str]:
    return [one for one in addresses if one != "::1" and not one.lower().startswith("fe80:")]


_FAMILIES = (socket.AF_INET, socket.AF_INET6, psutil.AF_LINK)


def _os_release() -> dict[str, str]:
    try:
        return platform.freedesktop_os_release()
    except OSError:
        return {}


def _os_name() -> str:
    return _os_release().get("PRETTY_NAME") or f"{platform.system()} {os.uname().release}"
