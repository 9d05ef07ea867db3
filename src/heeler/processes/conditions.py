"""A search's tree as the condition of an SQL statement. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any as AnyValue

from heeler.processes.kinds import Kind
from heeler.processes.search import All, Any, Not, Pair, Tree, Word
from heeler.query.wildcards import wildcard

HostTags = Mapping[str, Sequence[str]]


@dataclass(slots=True)
class Condition:
    """Text of SQL, and the values of its parameters."""

    sql: str = "1"
    parameters: dict[str, AnyValue] = field(default_factory=dict)


def condition(kind: Kind, tree: Tree, host_tags: HostTags) -> Condition:
    """What of ``kind`` the search finds. A tag is the row's own or its host's."""
    made = Condition()
    made.sql = _Writer(kind, host_tags, made.parameters).of(tree)
    return made


def like(text: str) -> str:
    """A pattern of SQL's LIKE for a text with ``*``."""
    return re.sub(r"([\\%_])", r"\\\1", text).replace("*", "%")


class _Writer:
    def __init__(self, kind: Kind, host_tags: HostTags, parameters: dict[str, AnyValue]) -> None:
        self._kind = kind
        self._host_tags = host_tags
        self._parameters = parameters

    def of(self, tree: Tree) -> str:
        match tree:
            case Word():
                return self._word(tree.text, literal=tree.literal)
            case Pair():
                return self._pair(tree)
            case Not():
                return f"NOT ({self.of(tree.of)})"
            case All():
                return " AND ".join(f"({self.of(one)})" for one in tree.of) or "1"
            case Any():
                return " OR ".join(f"({self.of(one)})" for one in tree.of)

    def _word(self, text: str, *, literal: bool = False) -> str:
        pattern = like(text.replace("*", "\0")).replace("\0", "*") if literal else like(text)
        given = self._value(f"%{pattern}%")
        return " OR ".join(f"{column} ILIKE {given}" for column in self._kind.words)

    def _pair(self, pair: Pair) -> str:
        column = self._kind.fields.get(pair.key)
        if column is not None:
            return f"{column} ILIKE {self._value(like(pair.value))}"
        tag = f"{pair.key}:{pair.value}" if pair.value else pair.key
        hosts = sorted(host for host, tags in self._host_tags.items() if _has(tags, tag))
        found = [self._tag(tag)]
        if hosts:
            found.append(f"host IN {self._value(hosts, 'Array(String)')}")
        # `-Dmode:fast` may as well be a part of the command line.
        if pair.value:
            found.append(self._word(tag))
        return " OR ".join(found)

    def _tag(self, tag: str) -> str:
        if "*" in tag:
            return f"arrayExists(tag -> tag LIKE {self._value(like(tag))}, tags)"
        return f"has(tags, {self._value(tag)})"

    def _value(self, value: AnyValue, kind: str = "String") -> str:
        name = f"p{len(self._parameters)}"
        self._parameters[name] = value
        return f"{{{name}:{kind}}}"


def _has(tags: Sequence[str], wanted: str) -> bool:
    if "*" not in wanted:
        return wanted in tags
    pattern = wildcard(wanted)
    return any(pattern.fullmatch(tag) for tag in tags)
