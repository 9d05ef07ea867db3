"""Definitions of MongoDB's metrics: a field is reported once, as one type."""

from __future__ import annotations

import ast
import inspect
from collections import Counter

from heeler.agent.checks import mongo_metrics
from heeler.agent.checks.mongo_metrics import DATABASE, OPTIONAL, SERVER


def test_no_field_is_defined_twice() -> None:
    tree = ast.parse(inspect.getsource(mongo_metrics))
    names: Counter[str] = Counter()
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "_all":
            prefix, words = (one.value for one in call.args[1:] if isinstance(one, ast.Constant))
            names.update(f"{prefix}{word}" for word in str(words).split())
    assert len(names) > 80
    assert [name for name, count in names.items() if count > 1] == []


def test_groups_that_are_asked_for_do_not_overlap_what_is_always_sent() -> None:
    asked = [name for group in OPTIONAL.values() for name in group]
    assert len(asked) == len(set(asked))
    assert set(asked).isdisjoint(SERVER)
    assert set(DATABASE).isdisjoint(SERVER)
    assert all(name.startswith(group) for group, names in OPTIONAL.items() for name in names)
