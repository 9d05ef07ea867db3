from __future__ import annotations

import numpy as np

from heeler.metrics.responses import timeseries_answer
from heeler.query.frame import Frame, Group
from heeler.query.metrics.ast import Number
from heeler.query.metrics.executor import Answer, Expression, make_window
from heeler.query.metrics.query_profile import Trace


def test_formulas_mark_outliers_as_queries_do() -> None:
    groups = (Group(("host:a",)), Group(("host:b",), outlier=True))
    frame = Frame(np.array([0, 60]), groups, np.array([[1.0, 2.0], [9.0, 9.0]]), 60)
    answer = Answer("a", make_window(0, 120), (Expression(0, Number(0.0), frame),), Trace())
    series = timeseries_answer([answer])["data"]["attributes"]["series"]
    assert [entry.get("outlier") for entry in series] == [None, True]
