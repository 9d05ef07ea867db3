"""Searches over single logs find what the engine finds: random logs and searches, both ways."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from heeler.logs.matcher import compile_search, required_sources
from heeler.logs.search import LOGS
from heeler.query.search.ast import Node, write
from heeler.query.search.field_sql import Parameters
from heeler.query.search.parser import SearchError
from heeler.query.search.sql import condition, search_condition
from heeler.store.engine import Engine
from heeler.store.log_rows import logs_table
from heeler.wire.logs.datadog import LogEntry, entry_of
from tests.unit.query.search.test_logs import CASES, DELIVERED
from tests.unit.query.search.test_parser import trees

NOW = int(time.time()) * 10**9
WORDS = [
    "disk",
    "full",
    "Größe",
    "user_42",
    "a",
    "b c",
    "prod",
    "500",
    "5.0",
    "10.1.2.3",
    "true",
    "inf",
    "x:y",
    "",
    "[1]",
]
NAMES = ["service", "status", "http", "status_code", "usr", "id", "a", "b", "duration", "tags", "env"]

values = (
    st.none()
    | st.booleans()
    | st.integers(-5, 600)
    | st.sampled_from([5.0, 5.5, 2**60 + 1, 1e22])
    | st.sampled_from(WORDS)
)
attributes = st.recursive(
    st.dictionaries(st.sampled_from(NAMES), values | st.lists(values, max_size=3), max_size=4),
    lambda inner: st.dictionaries(
        st.sampled_from(NAMES), inner | values | st.lists(inner, max_size=2), max_size=3
    ),
    max_leaves=8,
)
entries = st.builds(
    LogEntry,
    st.lists(st.sampled_from(WORDS), max_size=4).map(" ".join),
    st.integers(NOW, NOW + 1000),
    st.sampled_from(["info", "error", "warn"]),
    st.sampled_from(["web", "web-api", "a"]),
    st.sampled_from(["h", "a", ""]),
    st.sampled_from(["", "nginx"]),
    st.lists(st.sampled_from(["env:prod", "env:a", "a:b c", "urgent", "a:"]), max_size=3).map(tuple),
    attributes,
)
scalars = st.sampled_from([word for word in WORDS if word])
fields = st.sampled_from(
    ["service", "status", "host", "env", "a", "tags", "@a", "@a.b", "@usr.id", "@http.status_code", 
     "@duration", "@b", "@a.a", "@http", "@usr"]
)  # fmt: skip


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


terms = st.one_of(
    scalars.map(quoted),
    scalars.map(lambda word: f"*:{quoted(word)}"),
    st.tuples(fields, scalars).map(lambda pair: f"{pair[0]}:{quoted(pair[1])}"),
    st.tuples(fields, st.sampled_from(["*", "a*", "?", "5*", "*r*"])).map(":".join),
    st.tuples(fields, st.sampled_from([">=5", "<500", "[4 TO 600]", "{5 TO *}", ">1ns"])).map(":".join),
    st.tuples(fields, st.lists(scalars, min_size=2, max_size=3)).map(
        lambda pair: f"{pair[0]}:({' OR '.join(map(quoted, pair[1]))})"
    ),
    fields.map(lambda field: f"CIDR({field},10.0.0.0/8)"),
)
searches = st.recursive(
    terms,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]}) ({pair[1]})"),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]}) OR ({pair[1]})"),
        inner.map(lambda one: f"-({one})"),
    ),
    max_leaves=4,
)


def fixed_entries() -> list[LogEntry]:
    """Random entries, the same in each run."""
    found: list[LogEntry] = []

    @settings(max_examples=300, database=None, derandomize=True)
    @given(entries)
    def collect(entry: LogEntry) -> None:
        found.append(entry)

    collect()
    return found


@pytest.fixture(scope="module")
def stored(engine: Engine) -> tuple[Engine, list[LogEntry]]:
    """Logs of fixed random kinds: inserting for each example would take too long."""
    found = fixed_entries()
    for place, entry in enumerate(found):
        entry.index = f"matched-{place}"
    engine.insert_sync("log_events", logs_table(found, 0))
    return engine, found


@pytest.mark.parametrize(
    ("search", "sources"),
    [
        ("source:nginx", {"nginx"}), ("source:nginx status:error", {"nginx"}), ("@source:nginx", {"nginx"}),
        ("source:(nginx OR apache)", {"nginx", "apache"}), ("source:a source:b", set()),
        ("source:a OR status:error", None), ("-source:a", None), ("source:a*", None), ("*", None), ("nginx",
        None),
        ("status:error", None), ("(source:a OR source:b) -source:b", {"a", "b"}),
    ],
)  # fmt: skip
def test_sources_that_a_search_requires(search: str, sources: set[str] | None) -> None:
    found = required_sources(search)
    assert found == (None if sources is None else frozenset(sources))
    test = compile_search(search)
    for source in ("nginx", "apache", "a", "b", "c"):
        entry = LogEntry("m", 0, source=source, status="error")
        assert not test(entry) or found is None or source in found


@settings(max_examples=250, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(search="@a:*r*")
@example(search="@duration:*")
@given(search=searches)
def test_the_engine_finds_the_same(stored: tuple[Engine, list[LogEntry]], search: str) -> None:
    engine, logs = stored
    try:
        test = compile_search(search)
    except SearchError:  # a unit that the field does not take
        return
    to = Parameters()

    where = search_condition(search, LOGS, to)
    sql = f"SELECT index_name FROM log_events WHERE startsWith(index_name, 'matched-') AND ({where})"
    by_engine = {int(row[0].removeprefix("matched-")) for row in engine.rows_sync(sql, to.values)}
    by_hand = {place for place, entry in enumerate(logs) if test(entry)}
    wrong = by_engine ^ by_hand
    assert not wrong, (search, logs[min(wrong)], "engine" if min(wrong) in by_engine else "matcher")


@given(trees)
def test_any_search_is_compiled_or_refused(node: Node) -> None:
    entry = LogEntry("m", NOW)
    try:
        condition(node, LOGS, Parameters())
    except SearchError:
        with pytest.raises(SearchError):
            compile_search(write(node))
    else:
        assert compile_search(write(node))(entry) in (True, False)


NAMED = {name: entry_of({**item, "timestamp": NOW // 10**6}, {}, NOW) for name, item in DELIVERED.items()}


@pytest.mark.parametrize(
    ("search", "names"),
    [pytest.param(*case, id=f"{kind}: {case[0]}") for kind in CASES for case in CASES[kind].items()],
)
def test_the_cases_of_the_engine(search: str, names: str) -> None:
    test = compile_search(search)
    assert " ".join(name for name, entry in NAMED.items() if test(entry)) == names
