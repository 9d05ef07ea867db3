"""Composite monitors: boolean expressions over the states of other monitors."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

from heeler.api.numbers import is_whole
from heeler.monitors.errors import InvalidQuery

_TOKEN = re.compile(r"\s*(\d{1,18}|&&|\|\||!|\(|\))")
_SEVERITY = {"OK": 1, "No Data": 2, "Warn": 3, "Alert": 4}


@dataclass(frozen=True, slots=True)
class Operand:
    monitor: int


@dataclass(frozen=True, slots=True)
class Not:
    of: Logic


@dataclass(frozen=True, slots=True)
class Both:
    left: Logic
    right: Logic


@dataclass(frozen=True, slots=True)
class Either:
    left: Logic
    right: Logic


Logic = Operand | Not | Both | Either


@dataclass(frozen=True, slots=True)
class CompositeQuery:
    logic: Logic
    monitors: tuple[int, ...]
    metrics: tuple[str, ...] = ()


def parse_composite(text: str) -> CompositeQuery:
    """Parse ``1 && (2 || !3)``. Raises :class:`InvalidQuery`."""
    tokens = _tokens(text)
    logic = _either(tokens)
    if tokens:
        raise InvalidQuery(f"unexpected '{tokens[0]}'")
    ids = tuple(dict.fromkeys(int(item) for item in re.findall(r"\d+", text)))
    if len(ids) > 10:
        raise InvalidQuery("a composite monitor may use at most 10 monitors")
    return CompositeQuery(logic, ids)


def _tokens(text: str) -> list[str]:
    text, tokens, position = text.strip(), [], 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise InvalidQuery(f"unexpected '{text[position:].strip()[:20]}'")
        tokens.append(found[1])
        position = found.end()
        if len(tokens) > 100:
            raise InvalidQuery("it is too long")
    return tokens


def _either(tokens: list[str]) -> Logic:
    left = _both(tokens)
    while tokens and tokens[0] == "||":
        tokens.pop(0)
        left = Either(left, _both(tokens))
    return left


def _both(tokens: list[str]) -> Logic:
    left = _one(tokens)
    while tokens and tokens[0] == "&&":
        tokens.pop(0)
        left = Both(left, _one(tokens))
    return left


def _one(tokens: list[str]) -> Logic:
    if not tokens:
        raise InvalidQuery("it ends where a monitor's id is expected")
    token = tokens.pop(0)
    if token == "!":  # noqa: S105 - an operator
        return Not(_one(tokens))
    if token == "(":  # noqa: S105
        inner = _either(tokens)
        if not tokens or tokens.pop(0) != ")":
            raise InvalidQuery("a closing parenthesis is missing")
        return inner
    if not is_whole(token):
        raise InvalidQuery(f"unexpected '{token}' where a monitor's id is expected")
    return Operand(int(token))


def combine(logic: Logic, states: Mapping[int, str]) -> str:
    """Combined state: Alert, Warn and No Data are true; ``&&`` takes the least severe, ``||`` the most
    severe.
    """
    match logic:
        case Operand():
            return states.get(logic.monitor, "No Data")
        case Not():
            inner = combine(logic.of, states)
            return inner if inner == "No Data" else "Alert" if inner == "OK" else "OK"
        case Both():
            pair = (combine(logic.left, states), combine(logic.right, states))
            return min(pair, key=lambda state: _SEVERITY.get(state, 1))
        case Either():
            pair = (combine(logic.left, states), combine(logic.right, states))
            return max(pair, key=lambda state: _SEVERITY.get(state, 1))


@dataclass(frozen=True, slots=True)
class OperandState:
    """State of an operand, with states by group for a multi alert."""

    status: str
    groups: Mapping[str, str] | None = None


def tag_values(group: str) -> frozenset[str]:
    """Key for joining groups of different monitors: equal tag values, regardless of keys."""
    return frozenset(tag.partition(":")[2] for tag in group.split(","))


def combine_groups(query: CompositeQuery, operands: Mapping[int, OperandState]) -> dict[str, str]:
    """State by group: ``*`` over simple alerts; else one for every source that all multi alerts report, in
    the groups of the most finely grouped. A simple alert applies to each of them.
    """
    simple = {key: item.status for key, item in operands.items() if item.groups is None}
    multi = {
        key: {tag_values(name): (name, status) for name, status in item.groups.items()}
        for key, item in operands.items()
        if item.groups is not None
    }
    if not multi:
        return {"*": combine(query.logic, simple)}
    finest = max(multi.values(), key=lambda table: max(map(len, table), default=0))
    found = {}
    for values, (name, _) in finest.items():
        states = {key: source for key, table in multi.items() if (source := source_of(table, values))}
        if len(states) == len(multi):
            found[name] = combine(query.logic, simple | {key: status for key, (_, status) in states.items()})
    return found


_MOST_COMBINED = 8
"""Maximum number of tags of a group whose subsets are enumerated; above, all groups are compared."""
Source = tuple[str, str]
"""A group's name and state."""


def source_of(table: Mapping[frozenset[str], Source], values: frozenset[str]) -> Source | None:
    """The group of a monitor whose tag values equal, or are a subset of, ``values``."""
    if len(values) > _MOST_COMBINED:
        within = [key for key in table if key and key <= values]
        return table[max(within, key=len)] if within else None
    for size in range(len(values), 0, -1):
        for part in combinations(sorted(values), size):
            if (found := table.get(frozenset(part))) is not None:
                return found
    return None
