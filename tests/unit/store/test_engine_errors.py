"""Errors of the store, told apart by what the caller can do."""

from __future__ import annotations

from itertools import pairwise

import pytest
from clickhouse_connect.driver.exceptions import ClickHouseError, DatabaseError, OperationalError
from urllib3.exceptions import HTTPError, MaxRetryError, NewConnectionError, ReadTimeoutError

from heeler.store.engine import Engine
from heeler.store.engine_errors import (
    EngineError,
    EngineMemoryLimit,
    EngineTimeout,
    EngineUnavailable,
    first_line,
    named,
    read_timed_out,
)


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (DatabaseError("Code: 159. DB::Exception: Timeout exceeded"), EngineTimeout, 159),
        (DatabaseError("Code: 241. DB::Exception: Memory limit"), EngineMemoryLimit, 241),
        (DatabaseError("Code: 242. DB::Exception: Table is in readonly mode"), EngineUnavailable, 242),
        (DatabaseError("Code: 47. DB::Exception: Unknown `Code: 159`\nCode: 241"), EngineError, 47),
        (DatabaseError("Code: 1590. DB::Exception"), EngineError, 1590),
        (DatabaseError("Code: 99999999999. what"), EngineError, 0),
        (DatabaseError(""), EngineError, 0),
        (OperationalError("Connection refused"), EngineUnavailable, 0),
        (OperationalError("Code: 62. DB::Exception: Syntax error"), EngineError, 62),
    ],
)
def test_an_error_of_the_driver_has_the_kind_of_its_code(
    error: ClickHouseError, kind: type[EngineError], code: int
) -> None:
    found = named(error)
    assert (type(found), found.code) == (kind, code)


@pytest.mark.parametrize("text", ["", "\n\n", "x" * 10**6, "first\nsecond", "\ud800"])
def test_the_message_is_a_line_that_is_never_empty_nor_endless(text: str) -> None:
    line = first_line(DatabaseError(text))
    assert 0 < len(line) <= 1000
    assert "\n" not in line


def chained(*errors: BaseException) -> BaseException:
    for outer, inner in pairwise(errors):
        outer.__cause__ = inner
    return errors[0]


def test_only_a_statement_that_was_taken_timed_out_while_its_answer_was_read() -> None:
    late = ReadTimeoutError(None, "/", "late")  # type: ignore[arg-type]
    refused = NewConnectionError(None, "refused")  # type: ignore[arg-type]
    retried = MaxRetryError(None, "/", late)  # type: ignore[arg-type]
    assert read_timed_out(late)
    assert read_timed_out(chained(OperationalError("x"), retried))
    assert read_timed_out(chained(OperationalError("x"), HTTPError("y"), late))
    assert not read_timed_out(MaxRetryError(None, "/", refused))  # type: ignore[arg-type]
    assert not read_timed_out(MaxRetryError(None, "/", None))  # type: ignore[arg-type]
    assert not read_timed_out(OperationalError("x"))
    assert not read_timed_out(None)
    assert not read_timed_out(chained(ValueError("x"), late)), "an error of one's own is not the store's"


@pytest.mark.parametrize("text", ["Code: 159", "Code: 241.", "\nCode: 242. x"])
async def test_what_a_query_quotes_does_not_decide_its_error(engine: Engine, text: str) -> None:
    with pytest.raises(EngineError) as raised:
        await engine.rows(f"SELECT `{text}` FROM numbers(1)".replace("\n", "\\n"))
    assert type(raised.value) is EngineError
    assert raised.value.code == 47
