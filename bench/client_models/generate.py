"""JSON bodies of the generated client's models: minimal, maximal, or with a random part of what is optional.

A body is made from the types that a model declares. Where there is a choice (an enumeration, a branch of
`oneOf`, a boolean), the option that was taken least often at that place is taken, so that a few bodies visit
them all.
"""

from __future__ import annotations

import inspect
import random
import string
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from types import NoneType
from typing import Any
from uuid import UUID

from datadog_api_client.model_utils import ModelComposed, ModelNormal, ModelSimple

OMIT: Any = object()
"""A seed that leaves the field out."""
Path = tuple[str, ...]
Values = Mapping[str, Sequence[Any]]


@cache
def required(model: type) -> frozenset[str]:
    """Python names of the fields without which the model cannot be made."""
    parameters = inspect.signature(model.__init__).parameters.values()  # type: ignore[misc]
    return frozenset(
        one.name
        for one in parameters
        if one.default is inspect.Parameter.empty
        and one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)
        and one.name not in ("self", "self_")
    )


@cache
def fields(model: type) -> Mapping[str, tuple[Any, ...]]:
    """The types of each field of a model by its Python name, without what only the server sets."""
    if not issubclass(model, ModelNormal):
        return {}
    types = declared(model, "openapi_types")
    needed = required(model)
    return {
        name: kinds for name, kinds in types.items() if name in needed or name not in model.read_only_vars
    }


@cache
def branches(model: type) -> tuple[Any, ...]:
    """The types of a `oneOf`."""
    found = declared(model, "_composed_schemas")["oneOf"]
    return tuple(tuple(one) if isinstance(one, list) else one for one in found)


def declared(model: type, name: str) -> Any:
    """What a model declares, which the client computes when it is first used."""
    found = inspect.getattr_static(model, name)
    return found._fn(None) if hasattr(found, "_fn") else found


@dataclass
class Maker:
    """Makes bodies. ``optional`` decides which optional fields are there, ``seeds`` holds values that make
    sense, by ``Model.field``, ``field`` or ``Model`` (the first that is there)."""

    seeds: Sequence[Values] = ()
    optional: Callable[[Path], bool] = lambda path: True
    rng: random.Random = field(default_factory=lambda: random.Random(1))
    taken: dict[str, Counter[int]] = field(default_factory=dict)
    met: set[Path] = field(default_factory=set)
    world: Mapping[str, Any] = field(default_factory=dict)
    number: int = 0
    uniques: int = 0

    def unique(self) -> int:
        """A number that no seed had before."""
        self.uniques += 1
        return self.uniques

    def unvisited(self) -> int:
        """Options that were never taken, at the places met so far."""
        return sum(1 for counts in self.taken.values() for count in counts.values() if not count)

    def body(self, kinds: Sequence[Any]) -> Any:
        """A body of one of the types that an operation takes."""
        self.number += 1
        return self._value(tuple(kinds), (), (), "")

    def choose(self, place: str, options: Sequence[int]) -> int:
        """The option of a place that was taken least often."""
        counts = self.taken.setdefault(place, Counter())
        for one in options:
            counts.setdefault(one, 0)
        least = min(counts[one] for one in options)
        taken = self.rng.choice([one for one in options if counts[one] == least])
        counts[taken] += 1
        return taken

    def _seed(self, place: str, stack: tuple[type, ...]) -> Sequence[Any] | None:
        names = [place, place.rpartition(".")[2]]
        if stack:
            names.insert(0, f"{stack[0].__name__}>{place}")
        for values in self.seeds:
            for name in names:
                if name in values:
                    return values[name]
        return None

    def _seeded(self, place: str, values: Sequence[Any]) -> Any:
        taken = values[self.choose("seed " + place, range(len(values)))]
        return taken(self) if callable(taken) else taken

    def _value(self, kinds: tuple[Any, ...], path: Path, stack: tuple[type, ...], place: str) -> Any:
        if place:
            seeds = self._seed(place, stack)
            if seeds is not None:
                return self._seeded(place, seeds)
        if len(kinds) > 6:
            return {"free": f"text {self.number}", "count": 3, "on": True, "list": ["a"]}
        options = [one for one in kinds if not (isinstance(one, type) and one in stack)] or list(kinds)
        taken = self.choose("type " + place, range(len(options))) if len(options) > 1 else 0
        return self._of(options[taken], path, stack, place)

    def _of(self, kind: Any, path: Path, stack: tuple[type, ...], place: str) -> Any:
        if isinstance(kind, list | tuple):
            return [self._item(tuple(kind), path, stack, place) for _ in range(self._count(stack, place))]
        if isinstance(kind, dict):
            (inner,) = kind.values()
            inner = inner if isinstance(inner, tuple) else (inner,)
            return {f"key{self.number}": self._value(inner, path, stack, place + "[]")}
        if issubclass(kind, ModelSimple):
            return self._simple(kind, path, stack, place)
        if issubclass(kind, ModelComposed):
            return self._composed(kind, path, stack, place)
        if issubclass(kind, ModelNormal):
            return self._model(kind, path, stack)
        return self._plain(kind, stack, place)

    def _item(self, kinds: tuple[Any, ...], path: Path, stack: tuple[type, ...], place: str) -> Any:
        return self._value(kinds, path, stack, place + "[]")

    def _count(self, stack: tuple[type, ...], place: str) -> int:
        rules = _rules(stack, place)
        return max(rules.get("min_items", 1), 1)

    def _simple(self, kind: type, path: Path, stack: tuple[type, ...], place: str) -> Any:
        seeds = self._seed(kind.__name__, ())
        if seeds is not None:
            return self._seeded(kind.__name__, seeds)
        allowed = sorted(kind.allowed_values, key=str)
        if allowed:
            where = f"{stack[-1].__name__ if stack else ''}:{place}:{kind.__name__}"
            return allowed[self.choose(where, range(len(allowed)))]
        kinds = declared(kind, "openapi_types")["value"]
        return self._value(kinds, path, (*stack, kind), kind.__name__ + ".value")

    def _composed(self, kind: type, path: Path, stack: tuple[type, ...], place: str) -> Any:
        seeds = self._seed(kind.__name__, ())
        if seeds is not None:
            return self._seeded(kind.__name__, seeds)
        all_of = branches(kind)
        allowed = [number for number, one in enumerate(all_of) if one not in stack] or list(
            range(len(all_of))
        )
        if not place:  # a whole body as text is a document of a language of its own
            allowed = [one for one in allowed if all_of[one] is not str]
        where = f"{stack[-1].__name__ if stack else ''}:{place}:{kind.__name__}"
        taken = all_of[self.choose(where, allowed)]
        return self._of(taken, path, (*stack, kind), place)

    def _model(self, kind: type, path: Path, stack: tuple[type, ...]) -> Any:
        seeds = self._seed(kind.__name__, ())
        if seeds is not None:
            return self._seeded(kind.__name__, seeds)
        types = fields(kind)
        if not types:
            return {f"key{self.number}": f"value {self.number}"}
        made = {}
        needed = required(kind)
        for name, kinds in types.items():
            here = (*path, f"{kind.__name__}.{name}")
            if name not in needed:
                if kind in stack and _holds_models(kinds):
                    continue
                self.met.add(here)
                if not self.optional(here):
                    continue
            value = self._value(kinds, here, (*stack, kind), f"{kind.__name__}.{name}")
            if value is not OMIT:
                made[kind.attribute_map[name]] = value  # type: ignore[attr-defined]
        return made

    def _plain(self, kind: Any, stack: tuple[type, ...], place: str) -> Any:
        rules = _rules(stack, place)
        if kind in (NoneType,) or kind is None:
            return None
        if kind is bool:
            return bool(self.choose("bool " + place, (1, 0)))
        if kind in (int, float):
            least = rules.get("inclusive_minimum", rules.get("exclusive_minimum", 0) + 1)
            most = rules.get("inclusive_maximum", least + 40)
            value = least + (self.number % max(1, int(min(most - least, 40))) if most > least else 0)
            return int(value) if kind is int else float(value) + (0.5 if value + 0.5 <= most else 0)
        if kind is datetime:
            return f"2027-0{1 + self.number % 9}-11T10:20:30+00:00"
        if kind is date:
            return f"2027-0{1 + self.number % 9}-11"
        if kind is UUID:
            return str(UUID(int=self.rng.getrandbits(128), version=4))
        if kind is dict:
            return {"free": f"text {self.number}"}
        if kind is list:
            return [f"item {self.number}"]
        return self._text(place, rules)

    def _text(self, place: str, rules: Mapping[str, Any]) -> str:
        text = f"{place.rpartition('.')[2].strip('[]')} {self.number} {self.rng.choice(string.ascii_letters)}"
        if "regex" in rules:
            text = text.replace(" ", "_").lower()
        text = text.ljust(rules.get("min_length", 0), "x")
        return text[: rules.get("max_length", len(text))]


def _rules(stack: tuple[type, ...], place: str) -> Mapping[str, Any]:
    owner, _, name = place.partition(".")
    for kind in reversed(stack):
        if kind.__name__ == owner:
            found: Mapping[str, Any] = kind.validations.get(name.rstrip("[]"), {})  # type: ignore[attr-defined]
            return found
    return {}


def _holds_models(kinds: Sequence[Any]) -> bool:
    for kind in kinds:
        if isinstance(kind, list | tuple) and _holds_models(kind):
            return True
        if isinstance(kind, dict) and _holds_models([*kind.values()]):
            return True
        if isinstance(kind, type) and issubclass(kind, ModelNormal | ModelComposed):
            return True
    return False


def all_names(kinds: Sequence[Any]) -> frozenset[str]:
    """The names, as in JSON, of all fields within these types."""
    seen: set[type] = set()
    names: set[str] = set()
    waiting = list(kinds)
    while waiting:
        kind = waiting.pop()
        if isinstance(kind, list | tuple):
            waiting += kind
        elif isinstance(kind, dict):
            waiting += kind.values()
        elif isinstance(kind, type) and kind not in seen:
            seen.add(kind)
            if issubclass(kind, ModelComposed):
                waiting += branches(kind)
            elif issubclass(kind, ModelNormal):
                names |= set(kind.attribute_map.values())
                waiting += fields(kind).values()
    return frozenset(names - {"type"})
