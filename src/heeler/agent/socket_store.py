"""Sockets that outlive a component: the process that forks holds them while the component is renewed.

What arrives meanwhile waits in the kernel and is read by the next process of the component.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress

MOST = 32
"""Sockets of one name."""
_LARGEST = 4096


class SocketStore:
    """A component's side. ``keeper`` leads to the process that holds the sockets; without it none are."""

    def __init__(self, keeper: socket.socket | None = None, held: Mapping[str, Sequence[int]] | None = None):
        self._keeper = keeper
        self._held = {name: list(descriptors) for name, descriptors in (held or {}).items()}

    def take(self, name: str) -> list[socket.socket]:
        """The sockets that the process before left under ``name``; none if it left none."""
        return [socket.socket(fileno=descriptor) for descriptor in self._held.pop(name, ())]

    def keep(self, name: str, sockets: Sequence[socket.socket]) -> bool:
        """Have ``sockets`` held under ``name`` for the next process, in place of others of that name.

        False where nothing holds sockets. A name that begins with ``unix:`` is followed by the socket's path.
        """
        return self._send({"keep": name}, [one.fileno() for one in sockets][:MOST])

    def settle(self) -> None:
        """Close what was left and not taken: this configuration has no use for it."""
        held, self._held = self._held, {}
        for name, descriptors in held.items():
            self._send({"forget": name}, [])
            for descriptor in descriptors:
                os.close(descriptor)

    def _send(self, message: Mapping[str, str], descriptors: list[int]) -> bool:
        if self._keeper is None:
            return False
        try:
            socket.send_fds(self._keeper, [json.dumps(message).encode()], descriptors)
        except OSError:  # the process that forks is gone, and this one will be soon
            return False
        return True


class HeldSockets:
    """The other side: descriptors by component and name."""

    def __init__(self) -> None:
        self._held: dict[str, dict[str, list[int]]] = {}

    def of(self, component: str) -> dict[str, list[int]]:
        return self._held.get(component, {})

    def answer(self, component: str, keeper: socket.socket) -> bool:
        """Do what the next message of a component says; False when it has ended."""
        try:
            body, descriptors, _, _ = socket.recv_fds(keeper, _LARGEST, MOST)
        except OSError:
            return False
        if not body:
            return False
        message = json.loads(body)
        name = message.get("keep") or message["forget"]
        _close(self._held.get(component, {}).pop(name, []))
        if "keep" in message:
            self._held.setdefault(component, {})[name] = list(descriptors)
        return True

    def drop(self, component: str) -> None:
        """Close what is held for a component, and remove the files of its Unix sockets."""
        for name, descriptors in self._held.pop(component, {}).items():
            _close(descriptors)
            if name.startswith("unix:"):
                with suppress(OSError):
                    os.unlink(name.removeprefix("unix:"))  # noqa: PTH108

    def drop_all(self) -> None:
        for component in list(self._held):
            self.drop(component)

    def leave_to(self, component: str) -> dict[str, list[int]]:
        """In a fork: close what is held for others; what is held for ``component``."""
        for other, names in self._held.items():
            if other != component:
                for descriptors in names.values():
                    _close(descriptors)
        return self.of(component)


def _close(descriptors: Sequence[int]) -> None:
    for descriptor in descriptors:
        with suppress(OSError):
            os.close(descriptor)


_current = SocketStore()


def current() -> SocketStore:
    """This process's store."""
    return _current


def set_current(store: SocketStore) -> None:
    """In a fork, before its component starts."""
    global _current
    _current = store
