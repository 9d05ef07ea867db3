"""``system.net.*``: interface traffic, TCP, UDP and IP counters, connection states."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import psutil
from datadog_checks.base import AgentCheck

_INTERFACE = {
    "bytes_rcvd": "bytes_recv",
    "bytes_sent": "bytes_sent",
    "packets_in.count": "packets_recv",
    "packets_in.drop": "dropin",
    "packets_in.error": "errin",
    "packets_out.count": "packets_sent",
    "packets_out.drop": "dropout",
    "packets_out.error": "errout",
}
_TCP = {
    "Tcp": {"RetransSegs": "retrans_segs", "InSegs": "in_segs", "OutSegs": "out_segs",
            "ActiveOpens": "active_opens", "PassiveOpens": "passive_opens", "AttemptFails": "attempt_fails",
            "EstabResets": "established_resets", "InErrs": "in_errors", "OutRsts": "out_resets",
            "InCsumErrors": "in_csum_errors"},
    "TcpExt": {"ListenOverflows": "listen_overflows", "ListenDrops": "listen_drops",
               "TCPBacklogDrop": "backlog_drops", "TCPRetransFail": "failed_retransmits",
               "PruneCalled": "prune_called", "RcvPruned": "prune_rcv_drops", "OfoPruned": "prune_ofo_called",
               "PAWSActive": "paws_connection_drops", "PAWSEstab": "paws_established_drops",
               "SyncookiesSent": "syn_cookies_sent", "SyncookiesRecv": "syn_cookies_recv",
               "SyncookiesFailed": "syn_cookies_failed", "TCPAbortOnTimeout": "abort_on_timeout",
               "TCPSynRetrans": "syn_retrans", "TCPFromZeroWindowAdv": "from_zero_window",
               "TCPToZeroWindowAdv": "to_zero_window", "TWRecycled": "tw_reused"},
}  # fmt: skip
_UDP = {
    "Udp": {"InDatagrams": "in_datagrams", "NoPorts": "no_ports", "InErrors": "in_errors",
            "OutDatagrams": "out_datagrams", "RcvbufErrors": "rcv_buf_errors",
            "SndbufErrors": "snd_buf_errors", "InCsumErrors": "in_csum_errors"},
}  # fmt: skip
_IP = {
    "Ip": {"InReceives": "in_receives", "InHdrErrors": "in_header_errors", "InAddrErrors": "in_addr_errors",
           "InUnknownProtos": "in_unknown_protos", "InDiscards": "in_discards", "InDelivers": "in_delivers",
           "OutRequests": "out_requests", "OutDiscards": "out_discards", "OutNoRoutes": "out_no_routes",
           "ForwDatagrams": "forwarded_datagrams", "ReasmTimeout": "reassembly_timeouts",
           "ReasmReqds": "reassembly_requests", "ReasmOKs": "reassembly_oks",
           "ReasmFails": "reassembly_fails", "FragOKs": "fragmentation_oks",
           "FragFails": "fragmentation_fails", "FragCreates": "fragmentation_creates"},
    "IpExt": {"InNoRoutes": "in_no_routes", "InTruncatedPkts": "in_truncated_pkts",
              "InCsumErrors": "in_csum_errors"},
}  # fmt: skip
_PROTOCOLS = {"tcp": _TCP, "udp": _UDP, "ip": _IP}
_STATES = {
    "ESTABLISHED": "established",
    "SYN_SENT": "opening",
    "SYN_RECV": "opening",
    "FIN_WAIT1": "closing",
    "FIN_WAIT2": "closing",
    "CLOSE_WAIT": "closing",
    "LAST_ACK": "closing",
    "CLOSING": "closing",
    "CLOSE": "closing",
    "TIME_WAIT": "time_wait",
    "LISTEN": "listening",
}


class NetworkCheck(AgentCheck):
    def __init__(self, name: str, init_config: dict[str, Any], instances: list[dict[str, Any]]) -> None:
        super().__init__(name, init_config, instances)
        self._excluded = set(self.instance.get("excluded_interfaces") or [])
        pattern = self.instance.get("excluded_interface_re")
        self._excluded_re = re.compile(pattern) if pattern else None
        self._rates = bool(self.instance.get("collect_rate_metrics", True))
        self._counts = bool(self.instance.get("collect_count_metrics", False))
        self._tags = list(self.instance.get("tags") or [])

    def check(self, instance: dict[str, Any]) -> None:
        self._interfaces()
        self._protocols()
        if instance.get("collect_connection_state"):
            self._connections()

    def _interfaces(self) -> None:
        states = psutil.net_if_stats()
        for name, counters in psutil.net_io_counters(pernic=True, nowrap=False).items():
            if name in self._excluded or (self._excluded_re and self._excluded_re.match(name)):
                continue
            tags = [f"device:{name}", f"device_name:{name}", *self._tags]
            if name in states:
                tags += [f"mtu:{states[name].mtu}"]
                tags += [f"speed:{states[name].speed}"] if states[name].speed else []
                self._iface(name, states[name])
            for metric, attribute in _INTERFACE.items():
                self.rate(f"system.net.{metric}", getattr(counters, attribute), tags=tags)

    def _iface(self, name: str, state: Any) -> None:
        tags = [f"iface:{name}", *self._tags]
        self.gauge("system.net.iface.mtu", state.mtu, tags=tags)
        self.gauge("system.net.iface.up", int(state.isup), tags=tags)
        length = Path(f"/sys/class/net/{name}/tx_queue_len")
        if length.is_file():
            self.gauge("system.net.iface.tx_queue_len", int(length.read_text()), tags=tags)
        for way in ("rx", "tx"):
            queues = len(list(Path(f"/sys/class/net/{name}/queues").glob(f"{way}-*")))
            self.gauge(f"system.net.iface.num_{way}_queues", queues, tags=tags)

    def _protocols(self) -> None:
        counters = read_counters(Path("/proc/net/snmp")) | read_counters(Path("/proc/net/netstat"))
        for protocol, groups in _PROTOCOLS.items():
            for group, names in groups.items():
                for field, metric in names.items():
                    if field in counters.get(group, {}):
                        self._counter(f"system.net.{protocol}.{metric}", counters[group][field])
        established = counters.get("Tcp", {}).get("CurrEstab")
        if established is not None:
            self.gauge("system.net.tcp.current_established", established, tags=self._tags)

    def _counter(self, metric: str, value: int) -> None:
        if self._rates:
            self.rate(metric, value, tags=self._tags)
        if self._counts:
            self.monotonic_count(f"{metric}.count", value, tags=self._tags)

    def _connections(self) -> None:
        for family in ("4", "6"):
            states = Counter(_STATES.get(c.status, "") for c in psutil.net_connections(f"tcp{family}"))
            for state in sorted(set(_STATES.values())):
                self.gauge(f"system.net.tcp{family}.{state}", states[state], tags=self._tags)
            count = len(psutil.net_connections(f"udp{family}"))
            self.gauge(f"system.net.udp{family}.connections", count, tags=self._tags)


def read_counters(file: Path) -> dict[str, dict[str, int]]:
    """The paired lines of /proc/net/snmp and netstat: ``Tcp: names`` then ``Tcp: numbers``."""
    try:
        lines = file.read_text().splitlines()
    except OSError:
        return {}
    found: dict[str, dict[str, int]] = {}
    for names, numbers in zip(lines[::2], lines[1::2], strict=False):
        group, _, fields = names.partition(":")
        values = numbers.partition(":")[2].split()
        found[group] = dict(zip(fields.split(), map(int, values), strict=False))
    return found
