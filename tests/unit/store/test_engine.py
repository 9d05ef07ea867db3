from __future__ import annotations

import threading

from heeler.store.embedded import LIMITS
from heeler.store.engine import Engine


def test_threads_of_any_number_share_the_clients_opened_at_the_start(engine: Engine) -> None:
    opened, answers = list(engine._clients), []

    def ask(number: int) -> None:
        rows = engine.rows_sync("SELECT {n:UInt32} + 1", {"n": number})
        answers.append(int(rows[0][0]))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(answers) == list(range(1, 31))
    assert engine._clients == opened
    assert engine._idle.qsize() == len(opened), "each was given back"


def test_the_embedded_engine_is_bounded(engine: Engine) -> None:
    shown = engine.rows_sync("SELECT name, value FROM system.server_settings WHERE changed")
    names = {str(name): int(value) for name, value in shown if name in LIMITS}
    assert names == dict(LIMITS)
