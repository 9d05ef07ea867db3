"""Forks the agent's processes from one that has imported what they share, so that they share its memory.

``heeler agent run`` is that process: it imports the components, opens nothing, starts no thread, and forks
the supervisor. The supervisor requests the fork of a component over a socket, and is notified of each that
ended and how. Signals are passed on to the supervisor. Whichever of the two ends, the other ends the rest.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from types import FrameType
from typing import IO, Any

from heeler.agent.component import COMPONENTS, main_forked
from heeler.agent.socket_store import HeldSockets, SocketStore, set_current

_LARGEST = 4096
_START_SECONDS = 20.0
_END_SECONDS = 8.0
_PR_SET_PDEATHSIG = 1
_M_ARENA_MAX = -8
_ARENAS = 2

Supervise = Callable[["Spawner"], int]


def run(wanted: Callable[[str], bool], supervise: Supervise) -> int:
    """Import the components that ``wanted`` names, and run ``supervise`` in a fork; its exit code."""
    _bound_arenas()
    for registered in COMPONENTS:
        if wanted(registered.name) and find_spec(registered.module) is not None:
            import_module(registered.module)
    gc.collect()
    # What is there now is never looked at again: a collection would write to its pages and unshare them.
    gc.freeze()
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    server = _ForkServer(ours)
    # Until both sides have their handlers, signals wait.
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, server.PASSED_ON)
    supervisor = os.fork()
    if supervisor == 0:
        _die_with_parent()
        ours.close()
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        _exit_with(lambda: supervise(Spawner(theirs)))
    theirs.close()
    return server.serve(supervisor, blocked)


class _ForkServer:
    """The process that forks. Has one thread, always."""

    PASSED_ON = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

    def __init__(self, requests: socket.socket) -> None:
        self._requests = requests
        self._supervisor = 0
        self._components: set[int] = set()
        self._keepers: dict[socket.socket, str] = {}
        self._held = HeldSockets()

    def serve(self, supervisor: int, unblocked: set[int | signal.Signals]) -> int:
        """Fork what is requested until the supervisor ends; its exit code."""
        self._supervisor = supervisor
        wake, woken = socket.socketpair()
        for end in (wake, woken):
            end.setblocking(False)
        signal.set_wakeup_fd(woken.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in self.PASSED_ON:
            signal.signal(number, self._pass_on)
        signal.pthread_sigmask(signal.SIG_SETMASK, unblocked)
        code: int | None = None
        with selectors.DefaultSelector() as selector:
            selector.register(wake, selectors.EVENT_READ)
            selector.register(self._requests, selectors.EVENT_READ)
            while (code := self._reap()) is None:
                for keeper in self._keepers.keys() - {key.fileobj for key in selector.get_map().values()}:
                    selector.register(keeper, selectors.EVENT_READ)
                # What components gave to hold comes before the request to fork their successors.
                ready = sorted((key.fileobj for key, _ in selector.select()), key=self._is_request)
                for one in ready:
                    if one is wake:
                        with suppress(BlockingIOError):
                            wake.recv(_LARGEST)
                    elif one is self._requests:
                        if not self._answer():
                            selector.unregister(self._requests)
                    elif isinstance(one, socket.socket) and not self._held.answer(self._keepers[one], one):
                        selector.unregister(one)
                        del self._keepers[one]
                        one.close()
        self._end_all()
        self._held.drop_all()
        return code

    def _is_request(self, one: object) -> bool:
        return one is self._requests

    def _pass_on(self, number: int, _: FrameType | None) -> None:
        with suppress(ProcessLookupError):
            os.kill(self._supervisor, number)

    def _reap(self) -> int | None:
        """Report processes that ended; the exit code of the supervisor, once that is among them."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return 1
            if pid == 0:
                return None
            code = os.waitstatus_to_exitcode(status)
            if pid == self._supervisor:
                return code if code >= 0 else 128 - code
            # As process 1 of a container, this one also inherits processes that others left behind.
            if pid in self._components:
                self._components.discard(pid)
                self._send({"ended": pid, "code": code})

    def _answer(self) -> bool:
        """Fork what the next message asks for; False when the supervisor is gone."""
        body, handles, _, _ = socket.recv_fds(self._requests, _LARGEST, 1)
        if not body:
            return False
        request = json.loads(body)
        if "drop" in request:
            self._held.drop(request["drop"])
            return True
        errors = handles[0]
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            pid = os.fork()
        except OSError as error:
            self._send({"failed": str(error)})
            for handle in (errors, ours.detach(), theirs.detach()):
                os.close(handle)
            return True
        if pid == 0:
            ours.close()
            self._become(request, errors, theirs)
        os.close(errors)
        theirs.close()
        self._keepers[ours] = request["component"]
        self._components.add(pid)
        self._send({"started": pid})
        return True

    def _become(self, request: Mapping[str, Any], errors: int, keeper: socket.socket) -> None:
        """In the fork: be the component, and never return."""
        _die_with_parent()
        signal.set_wakeup_fd(-1)
        for number in (*self.PASSED_ON, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        self._requests.close()
        for other in self._keepers:
            other.close()
        set_current(SocketStore(keeper, self._held.leave_to(request["component"])))
        os.setsid()
        os.dup2(errors, 2)
        os.close(errors)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        _exit_with(lambda: main_forked(request["component"], request["directory"]))

    def _send(self, message: Mapping[str, Any]) -> None:
        with suppress(OSError):  # the supervisor is gone: its end is seen next
            self._requests.send(json.dumps(message).encode())

    def _end_all(self) -> None:
        """End components that a supervisor which died left behind."""
        deadline = time.monotonic() + _END_SECONDS
        for number in (signal.SIGTERM, signal.SIGKILL):
            for pid in self._components:
                with suppress(ProcessLookupError):
                    os.kill(pid, number)
            while self._components and (number == signal.SIGKILL or time.monotonic() < deadline):
                try:
                    pid, _ = os.waitpid(-1, os.WNOHANG)
                except ChildProcessError:
                    return
                self._components.discard(pid)
                if pid == 0:
                    time.sleep(0.02)


class ForkedProcess:
    """A component, with the methods of ``subprocess.Popen`` that the supervisor uses."""

    def __init__(self, spawner: Spawner, pid: int, stderr: IO[bytes]) -> None:
        self.pid = pid
        self.stderr: IO[bytes] | None = stderr
        self._spawner = spawner

    def poll(self) -> int | None:
        return self._spawner.exit_code(self.pid)

    def wait(self, timeout: float | None = None) -> int:
        """The exit code. Raises ``subprocess.TimeoutExpired`` after ``timeout`` seconds."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if deadline is not None and time.monotonic() >= deadline:
                raise subprocess.TimeoutExpired(f"component {self.pid}", timeout or 0.0)
            time.sleep(0.02)
        return code

    def terminate(self) -> None:
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        # The process that forks has not told of its end, so that the number is not used again yet.
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)


class Spawner:
    """The supervisor's side: one thread uses it. Raises ``OSError`` when the process that forks is gone."""

    def __init__(self, requests: socket.socket) -> None:
        self._requests = requests
        self._requests.settimeout(_START_SECONDS)
        self._ended: dict[int, int] = {}
        self._waiting: deque[Mapping[str, Any]] = deque()

    def start(self, component: str, directory: str) -> ForkedProcess:
        """Fork ``component`` with the configuration in ``directory``."""
        reading, writing = os.pipe()
        try:
            body = json.dumps({"component": component, "directory": directory}).encode()
            socket.send_fds(self._requests, [body], [writing])
            while "ended" in (answer := self._receive()):
                self._ended[answer["ended"]] = answer["code"]
        except OSError:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        if "failed" in answer:
            os.close(reading)
            raise OSError(f"{component} could not be forked: {answer['failed']}")
        pid = int(answer["started"])
        self._ended.pop(pid, None)
        return ForkedProcess(self, pid, os.fdopen(reading, "rb"))

    def drop(self, component: str) -> None:
        """Have the sockets closed that are held for a component that will not come back."""
        self._requests.send(json.dumps({"drop": component}).encode())

    def exit_code(self, pid: int) -> int | None:
        """How a process ended, negative for a signal; None while it runs."""
        while pid not in self._ended:
            self._requests.setblocking(False)
            try:
                message = self._receive()
            except BlockingIOError:
                return None
            finally:
                self._requests.settimeout(_START_SECONDS)
            self._ended[message["ended"]] = message["code"]
        return self._ended[pid]

    def _receive(self) -> Mapping[str, Any]:
        body = self._requests.recv(_LARGEST)
        if not body:
            raise OSError("the process that forks the components is gone")
        message: Mapping[str, Any] = json.loads(body)
        return message


def _exit_with(work: Callable[[], int]) -> None:
    """End this process with the code of ``work``, without running what its parent left to be done at exit."""
    code = 1
    try:
        code = work()
    except SystemExit as error:
        if isinstance(error.code, str):
            sys.stderr.write(f"{error.code}\n")
        code = error.code if isinstance(error.code, int) else 1
    except BaseException:  # noqa: BLE001 - as the interpreter does at its end
        sys.excepthook(*sys.exc_info())
    finally:
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _die_with_parent() -> None:
    """Have the kernel end this process when the one that forked it dies, however it does."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _bound_arenas() -> None:
    """Let threads share two heaps: each heap of its own holds back what was freed in it."""
    limit = getattr(ctypes.CDLL(None), "mallopt", None)
    if limit is not None:
        limit(_M_ARENA_MAX, _ARENAS)
