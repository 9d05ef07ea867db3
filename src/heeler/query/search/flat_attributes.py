"""Field sources of the search language for attributes that are flattened to dotted paths
(:mod:`heeler.store.attributes`): in a dedicated column, or in a map with a Bloom filter index over hashed
pairs.

Equality skips granules that the index excludes: the condition on the index is an ``indexHint``, which the
engine uses to select what is read but does not evaluate for rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import orjson

from heeler.query.search.ast import Pattern
from heeler.query.search.attributes import equal_number, plain
from heeler.query.search.field_sql import Parameters, in_range, like, within_networks
from heeler.store.attributes import MAX_DEPTH, column_tokens, encode, pairs


@dataclass(frozen=True)
class FlatAttribute:
    """The attribute at ``path`` of the map ``column``, or in ``promoted``, a dedicated column.

    Any element of an array matches; a path passes through arrays of objects. ``prefixed``: the promoted
    columns of paths below this one. ``indexed``: the promoted column has a Bloom filter index. ``read``: SQL
    of the values of :meth:`stored`, by path, where a subquery has read them.
    """

    column: str
    path: str
    duration: bool = False
    promoted: str | None = None
    indexed: bool = False
    prefixed: tuple[str, ...] = ()
    read: tuple[tuple[str, str], ...] = ()

    def stored(self, to: Parameters) -> list[tuple[str, str]]:
        """Path and SQL of each stored value that the attribute depends on: rows with equal ones have equal
        values of it."""
        above = ((path, self._at(path, to)) for path, _ in self._above)
        # Whether there is a key is known without the values.
        arrays = [
            (
                path,
                f"if(mapContains({self.column}, {to.add(path)}) AND startsWith({value}, '['), {value}, '')",
            )
            for path, value in above
        ]
        return [(self.path, self._raw(to)), *arrays]

    def of_read(self, names: Sequence[str], to: Parameters) -> FlatAttribute:
        """The attribute out of a subquery that has read :meth:`stored` under these names."""
        paths = [path for path, _ in self.stored(to)]
        return replace(self, read=tuple(zip(paths, names, strict=True)))

    def matches(self, pattern: Pattern, to: Parameters) -> str:
        if pattern.literal is not None:
            return self.matches_any([pattern], to)
        wanted = to.add(like(pattern))
        # The raw text of arrays, objects and null is not a value: it contains brackets and keys.
        raw = self._raw(to)
        values = f"{raw} NOT IN ('', 'null') AND NOT startsWith({raw}, '[') AND NOT startsWith({raw}, '{{')"
        return self._any(
            f"({self._text(to)} LIKE {wanted} AND {values})",
            lambda one: f"({plain(one)} LIKE {wanted} AND NOT startsWith({one}, '{{') AND {one} != 'null')",
            to,
            self._key_hint(to),
        )

    def matches_any(self, patterns: Sequence[Pattern], to: Parameters) -> str:
        literals = list(dict.fromkeys(pattern.literal or "" for pattern in patterns))
        numbers = [equal_number(pattern, self.duration) for pattern in patterns]
        whole = [number for number in numbers if number is not None]
        forms = list(dict.fromkeys(form for one in literals for form in _forms(one)))
        forms += [form for number in whole for form in _number_forms(number) if form not in forms]
        texts = ", ".join(to.add(one) for one in literals)
        scalar = f"{self._raw(to)} IN ({', '.join(to.add(form) for form in forms)})"
        if "" in literals and self.promoted is None:
            scalar = f"({scalar} AND mapContains({self.column}, {to.add(self.path)}))"
        equal = "".join(f" OR ifNull(toFloat64OrNull(one) = {to.add(one, 'Float64')}, 0)" for one in whole)
        return self._any(
            scalar,
            lambda one: f"({one} != 'null' AND ({plain(one)} IN ({texts}){equal}))",
            to,
            self._value_hint(forms, to),
        )

    def exists(self, to: Parameters) -> str:
        raw = self._raw(to)
        scalar = f"({raw} NOT IN ('', 'null') AND NOT startsWith({raw}, '['))"
        found = self._any(scalar, lambda one: f"{one} NOT IN ('null', '\"\"')", to, "")
        below = f"arrayExists(k -> startsWith(k, {to.add(self.path + '.')}), mapKeys({self.column}))"
        columns = "".join(f" OR {column} != ''" for column in self.prefixed)
        return f"({found} OR {below}{columns})"

    def between(self, low: str | None, high: str | None, inclusive: tuple[bool, bool], to: Parameters) -> str:
        def within(number: str) -> str:
            return in_range(number, low, high, inclusive, to, duration=self.duration)

        # Each condition on the column alone: those of a column of few words are computed once a word.
        raw = self._raw(to)
        text = within(f"toFloat64OrNull(JSONExtractString({raw}))")
        return self._any(
            within(f"toFloat64OrNull({raw})"),
            lambda one: within(f"toFloat64OrNull({plain(one)})"),
            to,
            self._key_hint(to),
            quoted=text,
        )

    def in_networks(self, networks: tuple[str, ...], to: Parameters) -> str:
        scalar = within_networks(self._text(to), networks, to)
        return self._any(
            scalar, lambda one: within_networks(plain(one), networks, to), to, self._key_hint(to)
        )

    def text(self, to: Parameters) -> str:
        return f"({self.texts(to)})[1]"

    def texts(self, to: Parameters) -> str:
        return to.named(("flat texts", self._raw(to)), lambda: self._texts(to))

    def number(self, to: Parameters) -> str:
        raw = self._raw(to)
        values = self._within_arrays(to)
        first = f"toFloat64OrNull(arrayMap(one -> {plain('one')}, {values})[1])" if values else "NULL"
        array = f"toFloat64OrNull(arrayMap(one -> {plain('one')}, JSONExtractArrayRaw({raw}))[1])"
        scalar = f"toFloat64OrNull({self._text(to)})"
        missing = f", {raw} = '', {first}" if values else ""
        return f"multiIf(startsWith({raw}, '['), {array}{missing}, {scalar})"

    def _raw(self, to: Parameters) -> str:
        """The stored value, empty if absent."""
        return dict(self.read).get(self.path) or self.promoted or self._at(self.path, to)

    def _text(self, to: Parameters) -> str:
        """The value as displayed, if not an array."""
        raw = self._raw(to)
        text = f"multiIf(startsWith({raw}, '\"'), JSONExtractString({raw}), {raw} = 'null', '', {raw})"
        return to.named(("flat text", raw), lambda: text)

    def _texts(self, to: Parameters) -> str:
        raw, values = self._raw(to), self._within_arrays(to)
        array = _values(f"JSONExtractArrayRaw({raw})")
        missing = f"arrayMap(one -> {plain('one')}, {_values(values)})" if values else "[]"
        return (
            f"multiIf(startsWith({raw}, '['), arrayMap(one -> {plain('one')}, {array}), "
            f"{raw} IN ('', 'null') OR startsWith({raw}, '{{'), {missing}, [{self._text(to)}])"
        )

    def _any(
        self, scalar: str, of_element: Callable[[str], str], to: Parameters, hint: str, *, quoted: str = ""
    ) -> str:
        """Condition that the value, or an element of it or of arrays on its path, meets a condition.

        ``scalar`` is false for arrays, and for strings in quotation marks where ``quoted`` is their
        condition.
        """
        raw = self._raw(to)
        element = of_element("one")
        array = f"arrayExists(one -> {element}, JSONExtractArrayRaw({raw}))"
        # Not joined by OR, which is computed for all rows: most have neither arrays nor quotation marks.
        found = f"if(startsWith({raw}, '['), {array}, {scalar})"
        if quoted:
            unusual = f"(startsWith({raw}, '\"') AND {quoted}) OR (startsWith({raw}, '[') AND {array})"
            found = f"if(substring({raw}, 1, 1) IN ('\"', '['), {unusual}, {scalar})"
        values = self._within_arrays(to)
        if values:
            found += f" OR ({self._is_within_array(to)} AND arrayExists(one -> {element}, {values}))"
        return f"({hint} AND ({found}))" if hint else f"({found})"

    @property
    def _above(self) -> list[tuple[str, list[str]]]:
        """Each path above this one, with the remaining steps; a promoted column has these values itself."""
        steps = self.path.split(".")
        if self.promoted is not None or len(steps) > MAX_DEPTH:
            return []
        return [(".".join(steps[:size]), steps[size:]) for size in range(1, len(steps))]

    def _is_within_array(self, to: Parameters) -> str:
        return "(" + " OR ".join(f"startsWith({self._at(path, to)}, '[')" for path, _ in self._above) + ")"

    def _within_arrays(self, to: Parameters) -> str:
        """Array of the values as JSON for a path through arrays of objects; empty for no path."""
        found = [self._through(self._at(path, to), steps, to) for path, steps in self._above]
        return f"arrayConcat({', '.join(found)})" if found else ""

    def _at(self, path: str, to: Parameters) -> str:
        return dict(self.read).get(path) or f"{self.column}[{to.add(path)}]"

    def _through(self, start: str, steps: list[str], to: Parameters) -> str:
        found = f"JSONExtractArrayRaw({start})"
        for step in steps:
            inner = f"arrayMap(one -> JSONExtractRaw(one, {to.add(step)}), {found})"
            found = f"arrayFlatten(arrayMap(one -> {_elements('one')}, {inner}))"
        return found

    def _value_hint(self, forms: Sequence[str], to: Parameters) -> str:
        if self.promoted is not None:
            if not self.indexed or "" in forms:
                return ""
            wanted = ", ".join(to.add(form) for form in (*forms, "["))
            return f"indexHint(hasAny({column_tokens(self.promoted)}, [{wanted}]))"
        key = to.add(self.path)
        hashes = [f"cityHash64({key}, {to.add(form)})" for form in (*forms, "[")]
        return self._pairs_hint(hashes, to)

    def _key_hint(self, to: Parameters) -> str:
        if self.promoted is not None:
            return ""
        return self._pairs_hint([f"cityHash64({to.add(self.path)})"], to)

    def _pairs_hint(self, hashes: list[str], to: Parameters) -> str:
        arrays = [f"cityHash64({to.add(path)}, '[')" for path, _ in self._above]
        return f"indexHint(hasAny({pairs(self.column)}, [{', '.join([*hashes, *arrays])}]))"


def _elements(raw: str) -> str:
    return f"multiIf(startsWith({raw}, '['), JSONExtractArrayRaw({raw}), notEmpty({raw}), [{raw}], [])"


def _values(elements: str) -> str:
    """Those of an array of JSON values that are values of a facet: neither null nor an object."""
    return f"arrayFilter(one -> one != 'null' AND NOT startsWith(one, '{{'), {elements})"


def _forms(literal: str) -> list[str]:
    """Possible stored forms of a value that displays as ``literal``: a string, a JSON word, an integer."""
    forms = [encode(literal)]
    if literal in ("true", "false") or (literal.lstrip("-").isdecimal() and literal.isascii()):
        forms.append(literal)
    return forms


def _number_forms(number: float) -> list[str]:
    """Possible stored forms of an equal number."""
    forms = [orjson.dumps(number).decode()]
    if number == int(number):
        forms.append(str(int(number)))
    if number == 0:
        forms += ["0", "0.0", "-0.0"]
    return forms
