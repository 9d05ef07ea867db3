from __future__ import annotations

import threading
from xml.etree import ElementTree

import pytest

from heeler.store.engine import EMBEDDED_OPTIONS, Engine, EngineError


def test_threads_of_any_number_share_the_clients_opened_at_the_start(engine: Engine) -> None:
    opened, answers = engine._readers.clients, []

    def ask(number: int) -> None:
        rows = engine.rows_sync("SELECT {n:UInt32} + 1", {"n": number})
        answers.append(int(rows[0][0]))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(answers) == list(range(1, 31))
    assert engine._readers.clients == opened
    assert engine._readers.idle == len(opened), "each was given back"


def test_the_embedded_engine_is_bounded(engine: Engine) -> None:
    asked = ElementTree.parse(EMBEDDED_OPTIONS["config-file"]).getroot()
    own = {item.tag: item.text for item in asked if item.tag != "merge_tree"}
    of_tables = {item.tag: item.text for item in asked.iterfind("merge_tree/*")}
    for table, expected in (("server_settings", own), ("merge_tree_settings", of_tables)):
        rows = engine.rows_sync(f"SELECT name, value FROM system.{table}")
        shown = {str(name): str(value) for name, value in rows}
        assert {name: shown[name] for name in expected} == expected


def test_what_a_failed_query_wrote_is_not_in_the_next_answer(engine: Engine) -> None:
    failing = "SELECT number, throwIf(number = 150000) FROM numbers(200000)"
    for ask in (engine.rows_sync, engine.fetch_sync):
        for _ in range(len(engine._readers.clients)):
            with pytest.raises(EngineError, match="non-zero"):
                ask(failing, settings={"max_block_size": 1000})
        for _ in range(2 * len(engine._readers.clients)):
            assert list(engine.rows_sync("SELECT 41 + 1")) == [(42,)]
            assert engine.fetch_sync("SELECT 1 AS n").to_pydict() == {"n": [1]}
