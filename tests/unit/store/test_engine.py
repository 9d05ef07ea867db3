from __future__ import annotations

import threading
from xml.etree import ElementTree

from heeler.store.engine import EMBEDDED_OPTIONS, Engine


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
    assert engine._idle.qsize() + engine._insert_clients.qsize() == len(opened), "each was given back"


def test_the_embedded_engine_is_bounded(engine: Engine) -> None:
    asked = ElementTree.parse(EMBEDDED_OPTIONS["config-file"]).getroot()
    own = {item.tag: item.text for item in asked if item.tag != "merge_tree"}
    of_tables = {item.tag: item.text for item in asked.iterfind("merge_tree/*")}
    for table, expected in (("server_settings", own), ("merge_tree_settings", of_tables)):
        rows = engine.rows_sync(f"SELECT name, value FROM system.{table}")
        shown = {str(name): str(value) for name, value in rows}
        assert {name: shown[name] for name in expected} == expected
