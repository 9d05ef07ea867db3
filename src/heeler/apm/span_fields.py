"""Span tags as fields of the search language, backed by the index ``tokens`` of ``apm_spans``.

The index has a hash of each pair of ``meta``, of each key of ``meta`` and ``metrics``, and of each container
tag. A condition on it is an ``indexHint``: the engine skips granules that cannot match, and does not evaluate
it for rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from heeler.query.search.ast import Pattern
from heeler.query.search.attributes import MapKey
from heeler.query.search.field_sql import NotANumber, Parameters, Tag, lowered, number_of

#: The expression of the index, verbatim.
TOKENS = (
    "arrayConcat(arrayMap((k, v) -> cityHash64(k, v), mapKeys(meta), mapValues(meta)), "
    "arrayMap(k -> cityHash64(k), arrayConcat(mapKeys(meta), mapKeys(metrics))), "
    "arrayMap(t -> cityHash64(t), tags))"
)


def _hinted(condition: str, hashes: Sequence[str]) -> str:
    return f"(indexHint(hasAny({TOKENS}, [{', '.join(hashes)}])) AND ({condition}))"


@dataclass(frozen=True)
class SpanAttribute(MapKey):
    """A tag in ``meta`` or a number in ``metrics``."""

    def matches(self, pattern: Pattern, to: Parameters) -> str:
        return _hinted(super().matches(pattern, to), self._hashes(pattern, to))

    def exists(self, to: Parameters) -> str:
        return _hinted(super().exists(to), [self._key(to)])

    def between(self, low: str | None, high: str | None, inclusive: tuple[bool, bool], to: Parameters) -> str:
        return _hinted(super().between(low, high, inclusive, to), [self._key(to)])

    def in_networks(self, networks: tuple[str, ...], to: Parameters) -> str:
        return _hinted(super().in_networks(networks, to), [self._key(to)])

    def _key(self, to: Parameters) -> str:
        return f"cityHash64({to.add(self.key)})"

    def _hashes(self, pattern: Pattern, to: Parameters) -> list[str]:
        """Hashes of which a matching row has at least one: of the pair if only text can be equal, else of the
        key.

        A missing value reads as empty text, which is not indexed: a search for it also uses the key.
        """
        literal = pattern.literal
        if not literal or _is_number(literal):
            return [self._key(to)]
        return [f"cityHash64({to.add(self.key)}, {to.add(literal)})"]


@dataclass(frozen=True)
class IndexedTag(Tag):
    """A container tag."""

    def matches(self, pattern: Pattern, to: Parameters) -> str:
        found = super().matches(pattern, to)
        whole = Pattern((f"{self.key.lower()}:", *lowered(pattern).parts)).literal
        return found if whole is None else _hinted(found, [f"cityHash64({to.add(whole)})"])


def _is_number(text: str) -> bool:
    try:
        number_of(text)
    except NotANumber:
        return False
    return True
