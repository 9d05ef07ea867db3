"""What is handed over of what was written, and when somebody is left behind."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from heeler.store import write_tracker
from heeler.store.write_tracker import Changes


def points(metrics: list[str], values: list[float], *, start: int = 7200, encoded: bool = False) -> pa.Table:
    names = pa.array(metrics)
    count = len(metrics)
    return pa.table(
        {
            "metric": names.dictionary_encode() if encoded else names,
            "series": pa.array(range(count), pa.uint64()),
            "time": pa.array([start + at for at in range(count)], pa.uint32()),
            "raw": pa.array(values, pa.float64()),
            "scale": pa.array([0 if at % 2 else 10 for at in range(count)], pa.uint16()),
        }
    )


def taken(found: list[write_tracker.Written] | None) -> list[float] | None:
    return None if found is None else np.concatenate([np.zeros(0), *(item.values for item in found)]).tolist()


@pytest.mark.parametrize("encoded", [True, False])
def test_followers_get_the_points_of_their_metric_in_order(encoded: bool) -> None:
    told = Changes()
    assert told.follow("a")[1] is None, "what was written before is not known"
    told.note("points", points(["a", "b", "a"], [10.0, 2.0, 30.0], encoded=encoded))
    told.note("points", points(["b"], [20.0], encoded=encoded))
    told.note("points", points(["a"], [50.0], encoded=encoded))
    number, found = told.follow("a")
    assert taken(found) == [1.0, 3.0, 5.0]
    assert told.follow("a") == (number, [])
    assert told.last_write(7200, 7201) == number
    assert told.last_write(0, 7200) == 0


def test_many_parts_become_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_tracker, "PARTS", 4)
    told = Changes()
    told.follow("a")
    for value in range(10):
        told.note("points", points(["x", "a"], [0.0, float(value)]))
    found = told.follow("a")[1]
    assert found is not None
    assert len(found) <= 4
    assert taken(found) == [float(value) for value in range(10)]


def test_who_takes_nothing_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    told = Changes()
    told.follow("slow"), told.follow("quick")
    monkeypatch.setattr(write_tracker, "WAITING_ROWS", 3)
    told.note("points", points(["slow", "slow", "quick"], [0.0, 1.0, 2.0]))
    assert taken(told.follow("quick")[1]) == [0.2]
    told.note("points", points(["slow", "slow", "quick"], [0.0, 1.0, 2.0]))
    assert told.follow("slow")[1] is None
    assert taken(told.follow("quick")[1]) == [0.2]
    monkeypatch.setattr(write_tracker, "ALL_WAITING_ROWS", 1)
    told.note("points", points(["slow", "quick"], [1.0, 2.0]))
    assert told.follow("slow")[1] is None, "asked longest ago"
    assert taken(told.follow("quick")[1]) == [2.0]
    monkeypatch.setattr(write_tracker, "FOLLOWED", 1)
    told.follow("third")
    assert told.follow("quick")[1] is None


def test_statements_and_failures_leave_all_behind() -> None:
    told = Changes()
    told.follow("a"), told.follow_series("a")
    told.note_command()
    assert told.follow("a")[1] is None
    assert told.follow_series("a") is None
    assert told.commands == 1


def test_tags_that_were_sent_before_are_no_change() -> None:
    told = Changes()

    def write(*tags: str) -> None:
        columns = {"host": ["h"], "source": ["system"], "tags": pa.array([list(tags)], pa.list_(pa.string()))}
        told.note("host_tags", pa.table(columns))

    write("env:prod")
    stamp = told.table_stamp("host_tags")
    write("env:prod")
    assert told.table_stamp("host_tags") == stamp
    write("env:dev")
    assert told.table_stamp("host_tags") != stamp
