"""Finds the process that listens on a port."""

from __future__ import annotations

import socket
from dataclasses import dataclass

import psutil


@dataclass(frozen=True, slots=True)
class Holder:
    """A listening process; without ``pid`` if it belongs to another user and is not visible."""

    pid: int | None
    command: str = ""

    def __str__(self) -> str:
        if self.pid is None:
            return "a process of another user (as root, `heeler doctor` names it)"
        return f"{self.command} (pid {self.pid})"


def holder_of(port: int, kind: str = "tcp") -> Holder | None:
    """The process that listens on ``port`` (``kind`` is ``tcp`` or ``udp``); None if the port is free."""
    wanted = socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM
    try:
        connections = psutil.net_connections(kind=kind)
    except psutil.AccessDenied:
        return None if _can_bind(port, wanted) else Holder(None)
    for connection in connections:
        listens = connection.status in (psutil.CONN_LISTEN, psutil.CONN_NONE)
        if connection.laddr and connection.laddr.port == port and listens:
            return _named(connection.pid)
    return None


def _named(pid: int | None) -> Holder:
    if pid is None:
        return Holder(None)
    try:
        words = psutil.Process(pid).cmdline()
        return Holder(pid, " ".join(words)[:120] or psutil.Process(pid).name())
    except psutil.Error:
        return Holder(pid, "a process")


def _can_bind(port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
