"""Check scheduler: due times and worker threads.

Every check has a fixed interval: due times are ``start + k * interval`` regardless of how long a run takes.
If a run is still in progress when the next one is due, the next one is skipped; a check that never returns
therefore blocks one thread and no other check: the pool adds a thread whenever a check is due and no thread
is free.
"""

from __future__ import annotations

import heapq
import logging
import math
import queue
import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

log = logging.getLogger(__name__)
MAX_WORKERS = 256
"""Maximum number of threads; it limits the number of checks that may hang."""
_EXHAUSTED = "all {} threads are held by checks that do not return: others have to wait; `status` names them"
_SPREAD_SECONDS = 0.1
_PHASE = 0.2
"""Fraction of a second at which runs start: far from its ends, so that timestamps truncated to seconds
keep the interval."""


class Job(Protocol):
    interval: float

    def run(self) -> None: ...


def next_due(due: float, now: float, interval: float) -> float:
    """The first of ``due + k * interval``, k >= 1, that is not past at ``now``."""
    periods = max(math.ceil((now - due) / interval), 1)
    return due + periods * interval


def first_due(now: float, wall: float, index: int) -> float:
    """First due time of the ``index``-th check: staggered after the one before it, at a fixed phase of the
    wall-clock second.

    ``now`` is monotonic time and ``wall`` the same time since the epoch.
    """
    start = now + index * _SPREAD_SECONDS
    fraction = (wall + index * _SPREAD_SECONDS) % 1.0
    return start + (_PHASE - fraction) % 1.0


class Scheduler:
    """Runs jobs until ``stop``; ``run`` belongs to one thread."""

    def __init__(self, workers: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._workers = max(workers, 1)
        self._queue: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._busy: dict[int, tuple[Job, float]] = {}
        """Jobs that run or wait for a thread, with their start."""
        self._exhausted = False
        self._running = 0
        self._threads = 0
        self._stop = threading.Event()
        self.skipped = 0
        """Runs skipped because the previous one was still in progress."""

    def run(self, jobs: Sequence[Job]) -> None:
        """Run ``jobs`` at their intervals until stopped."""
        now, wall = self._clock(), time.time()
        due = [(first_due(now, wall, index), index) for index, _ in enumerate(jobs)]
        heapq.heapify(due)
        while not self._stop.is_set():
            pause = due[0][0] - self._clock() if due else 3600.0
            if pause > 0:
                self._stop.wait(pause)
                continue
            when, index = heapq.heappop(due)
            self._offer(jobs[index])
            interval = jobs[index].interval
            if interval > 0:
                heapq.heappush(due, (next_due(when, self._clock(), interval), index))

    def stop(self) -> None:
        self._stop.set()
        for _ in range(self._threads):
            self._queue.put(None)

    def status(self) -> dict[str, object]:
        """Number of threads, and the names of jobs that have been running for longer than their interval."""
        now = self._clock()
        with self._lock:
            busy = list(self._busy.values())
        hung = [
            f"{getattr(job, 'title', 'a check')} ({now - since:.0f} s)"
            for job, since in busy
            if now - since > max(job.interval, 1.0)
        ]
        problem = {"problem": _EXHAUSTED.format(MAX_WORKERS)} if self._exhausted else {}
        return {
            "workers": self._threads,
            "running": self._running,
            "skipped": self.skipped,
            "hung": hung,
            **problem,
        }

    def _offer(self, job: Job) -> None:
        with self._lock:
            if id(job) in self._busy:
                self.skipped += 1
                return
            self._busy[id(job)] = job, self._clock()
            waiting = self._running
            self._running += 1
            grow = self._threads < MAX_WORKERS and (waiting >= self._threads or self._threads < self._workers)
            if grow:
                self._threads += 1
            exhausted = self._running > self._threads >= MAX_WORKERS
        if exhausted and not self._exhausted:
            log.error(_EXHAUSTED.format(MAX_WORKERS))
        self._exhausted = exhausted
        if grow:
            threading.Thread(target=self._work, name=f"check-{self._threads}", daemon=True).start()
        self._queue.put(job)

    def _work(self) -> None:
        while (job := self._queue.get()) is not None:
            try:
                job.run()
            except BaseException:  # the thread must survive any exception of a check, including SystemExit
                log.exception("A check's run ended in an error of the agent")
            finally:
                with self._lock:
                    self._busy.pop(id(job), None)
                    self._running -= 1
