"""Binds listening sockets on every address that a host name resolves to, IPv4 and IPv6."""

from __future__ import annotations

import errno
import socket

_ABSENT = frozenset({errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL})
"""The name resolves to this address family, but the machine does not support it."""


def bind_all(host: str, port: int, kind: socket.SocketKind) -> list[socket.socket]:
    """Bind a socket for each address of ``host`` (every address of the machine if empty).

    A client that connects to ``localhost`` may use 127.0.0.1 or ::1, so both are bound. Raises OSError when
    an address is in use, or when none could be bound; sockets opened before are closed then.
    """
    found = socket.getaddrinfo(host or None, port, type=kind, flags=socket.AI_PASSIVE)
    servers: list[socket.socket] = []
    absent: OSError | None = None
    try:
        for family, _, _, _, address in dict.fromkeys(found):
            try:
                servers.append(_bind(family, kind, address))
            except OSError as error:
                if error.errno not in _ABSENT:
                    raise
                absent = error
        if not servers:
            raise absent or OSError(errno.EADDRNOTAVAIL, f"{host} has no address")
    except OSError:
        for server in servers:
            server.close()
        raise
    return servers


def _bind(family: int, kind: socket.SocketKind, address: object) -> socket.socket:
    server = socket.socket(family, kind)
    try:
        if family == socket.AF_INET6:
            server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if kind == socket.SOCK_STREAM:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(address)  # type: ignore[arg-type]
    except OSError:
        server.close()
        raise
    return server
