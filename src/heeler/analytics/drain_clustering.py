"""Clustering of similar log messages with Drain (He, Zhu, Zheng, Lyu: "Drain: An Online Log Parsing Approach
with Fixed Depth Tree", ICWS 2017).

Messages with the same number of tokens and the same leading tokens are compared token by token; positions
that differ within a cluster become variable. Tokens that vary by nature (times, addresses, ids, numbers,
quoted text) are variable from the start. One pass; the result depends on the order of messages.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import re2

#: Placeholder for the variable parts of a cluster.
VARIABLE = "<*>"
#: Share of equal tokens that makes two messages similar, number of leading tokens on the path to a leaf,
#: branches of a node.
SIMILARITY, DEPTH, MAX_CHILDREN = 0.5, 3, 100
#: Maximum number of clusters in a leaf; longer messages are truncated to their first tokens.
MAX_IN_LEAF, MAX_TOKENS = 200, 120
MAX_VALUES = 50
_SPACE = r"[\s\v\x1c-\x1f\x{85}\pZ]"
_VARIES = re.compile(
    r"""
    \d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?   # times
    | \b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b           # UUIDs
    | \b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b                              # IPv4 with a port
    | \b(?:0x[0-9a-fA-F]+|(?=[0-9a-fA-F]*\d)[0-9a-fA-F]{8,})\b           # hex ids
    | "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*(?<!\w)'                       # quoted text
    | (?<![\w.])[+-]?\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h|[kKMGT]?i?B|%)?(?![\w.])
    | (?<=[/=:_-])\d+\b                                                  # ids in paths and names
    """,
    re.VERBOSE,
)


@dataclass(slots=True)
class Cluster:
    """A cluster of similar messages. ``tokens``: text, with :data:`VARIABLE` where they differ."""

    tokens: list[str]
    count: int = 0
    example: int = 0
    """Index of the first member among all messages."""
    members: list[int] = field(default_factory=list)
    """Indexes of all members."""

    @property
    def template(self) -> str:
        return " ".join(self.tokens)


class Drain:
    """Learns clusters from messages incrementally."""

    def __init__(self, similarity: float = SIMILARITY) -> None:
        self._similarity = similarity
        self._root: dict[tuple[str, ...], list[Cluster]] = {}
        self._children: dict[tuple[str, ...], int] = {}
        self.clusters: list[Cluster] = []

    def add(self, message: str, place: int) -> Cluster:
        tokens = tokens_of(message)
        leaf = self._leaf(tokens)
        found = self._nearest(leaf, tokens)
        if found is None:
            found = Cluster(tokens, example=place)
            leaf.append(found)
            self.clusters.append(found)
        else:
            found.tokens = [
                one if one == other else VARIABLE for one, other in zip(found.tokens, tokens, strict=True)
            ]
        found.count += 1
        found.members.append(place)
        return found

    def _leaf(self, tokens: list[str]) -> list[Cluster]:
        """The clusters of messages with the same number of tokens and the same leading ones; tokens with
        digits are equal.
        """
        path: tuple[str, ...] = (str(len(tokens)),)
        for token in tokens[:DEPTH]:
            step = VARIABLE if any(char.isdigit() for char in token) else token
            if (*path, step) not in self._children:
                if self._children.get(path, 0) >= MAX_CHILDREN:
                    step = VARIABLE
                else:
                    self._children[path] = self._children.get(path, 0) + 1
                self._children.setdefault((*path, step), 0)
            path = (*path, step)
        return self._root.setdefault(path, [])

    def _nearest(self, leaf: list[Cluster], tokens: list[str]) -> Cluster | None:
        best, most = None, -1.0
        for cluster in leaf:
            alike = sum(map(str.__eq__, cluster.tokens, tokens)) / max(len(tokens), 1)
            if alike > most:
                best, most = cluster, alike
        if most >= self._similarity or (best is not None and len(leaf) >= MAX_IN_LEAF):
            return best
        return None


def tokens_of(message: str) -> list[str]:
    """Tokens of a message's first lines, with variable ones replaced."""
    return _VARIES.sub(VARIABLE, message[:4000]).split()[:MAX_TOKENS]


def cluster(messages: Iterable[str]) -> list[Cluster]:
    """Clusters of ``messages``, the largest first."""
    drain = Drain()
    for place, message in enumerate(messages):
        drain.add(message, place)
    return sorted(drain.clusters, key=lambda one: -one.count)


def values_at(tokens: list[str], messages: Iterable[str]) -> list[dict[str, int]]:
    """For each variable part of a template, its texts in ``messages`` with their counts."""
    pattern = re2.compile(f"(?s){f'{_SPACE}+'.join(_part(token) for token in tokens)}(?:{_SPACE}.*)?")
    found: list[dict[str, int]] = [{} for _ in range(pattern.groups)]
    for message in messages:
        match = pattern.fullmatch(message[:4000].strip().encode(errors="replace").decode())
        for counts, value in zip(found, match.groups() if match else (), strict=False):
            if value in counts or len(counts) < MAX_VALUES:
                counts[value] = counts.get(value, 0) + 1
    return found


def _part(token: str) -> str:
    # Variable parts may contain spaces (quoted text); non-greedy, so that each ends where the template
    # continues.
    return "(.+?)".join(re.escape(part) for part in token.split(VARIABLE))


def search_of(tokens: list[str]) -> str:
    """Search query with the phrases that the messages of a template have in common."""
    phrases: list[str] = []
    words: list[str] = []
    for token in [*tokens, VARIABLE]:
        if VARIABLE not in token and re.search(r"\w", token):
            words.append(token)
            continue
        if words:
            phrases.append(" ".join(words))
            words = []
    phrases.sort(key=len, reverse=True)
    escaped = (phrase.replace("\\", "\\\\").replace('"', '\\"') for phrase in phrases[:5])
    return " ".join(f'"{phrase}"' for phrase in escaped)
