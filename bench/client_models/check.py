"""The life of a resource with bodies of the client's models: made, read, listed, changed, deleted.

Each field that was sent comes back, or the body is refused with a 4xx that names it. Everything else is a
fault.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.client_models.calls import Answer, Client, NotSendable
from bench.client_models.compare import Difference, differences, leaves
from bench.client_models.generate import Maker, Values, all_names

MAX_REFUSALS = 40


def same_document(document: Any) -> Any:
    return document


def first_id(document: Any) -> tuple[Any, ...]:
    data = document.get("data", document)
    data = data[0] if isinstance(data, list) else data
    return (data["id"],)


@dataclass(frozen=True)
class Resource:
    """How one kind of thing is made, read, listed, changed and deleted by the client.

    ``ids``: the arguments of a path, from the answer to its creation. ``parents``: names of things of the
    world whose ids stand before. ``view``: the part of an answer that is like the body; ``sent``: the part of
    the body to compare. ``server``: paths of fields that are not read as they are sent, with the reason.
    """

    name: str
    api: str
    create: str
    read: str = ""
    update: str = ""
    delete: str = ""
    listed: str = ""
    ids: Callable[[Any], tuple[Any, ...]] = first_id
    parents: tuple[str, ...] = ()
    view: Callable[[Any], Any] = same_document
    rows: Callable[[Any], Sequence[Any]] | None = None
    seeds: Values = field(default_factory=dict)
    server: Mapping[str, str] = field(default_factory=dict)
    fixed: Callable[[Any, Maker], Any] = lambda body, maker: body
    changed: Callable[[Any, Maker], Any] | None = None
    list_arguments: Mapping[str, Any] = field(default_factory=dict)
    read_arguments: Mapping[str, Any] = field(default_factory=dict)
    create_path: Callable[[Any], tuple[Any, ...]] | None = None
    same: tuple[str, ...] = ()
    """Fields that cannot be changed."""
    gone: tuple[int, ...] = (404,)
    """The answers to reading what was deleted."""
    refused: bool = False
    """Whether the server has nothing of the kind, and says so."""


@dataclass
class Tally:
    """What was tried, and what was found."""

    bodies: Counter[str] = field(default_factory=Counter)
    fields: Counter[str] = field(default_factory=Counter)
    faults: dict[str, dict[str, str]] = field(default_factory=dict)
    refusals: dict[tuple[str, str], str] = field(default_factory=dict)

    def fault(self, where: str, text: str) -> None:
        """Note a fault, once for each operation and field."""
        found = self.faults.setdefault(where, {})
        found.setdefault(re.sub(r"^\w+ |: sent.*|\d+|[0-9a-f]{8,}", "", text)[:160], text)


class Checker:
    """Checks resources against one server."""

    def __init__(self, client: Client, world: Mapping[str, Any], general: Values, seed: int = 1) -> None:
        self.client, self.world, self.general = client, dict(world), general
        self.rng = random.Random(seed)
        self.tally = Tally()

    def run(self, resource: Resource, most: int, randoms: int = 0, *, singles: bool = False) -> None:
        """A minimal body, maximal ones until each option was visited (``most`` at most), and random ones."""
        kinds = self.client.body_types(resource.api, resource.create)
        maker = Maker([resource.seeds, self.general], rng=self.rng)
        maker.optional = lambda path: False
        self._life(resource, self._made(resource, maker, kinds), "minimal", maker)
        maker.met.clear()
        maker.optional = lambda path: True
        for _ in range(most):
            self._life(resource, self._made(resource, maker, kinds), "maximal", maker)
            if not maker.unvisited():
                break
        for wanted in sorted(maker.met) if singles else ():
            maker.optional = lambda path, wanted=wanted: wanted[: len(path)] == path
            self._life(resource, self._made(resource, maker, kinds), "single " + wanted[-1], maker)
        maker.optional = lambda path: self.rng.random() < 0.5
        for _ in range(randoms):
            self._life(resource, self._made(resource, maker, kinds), "random", maker)

    def _made(self, resource: Resource, maker: Maker, kinds: Sequence[Any]) -> Any:
        maker.world = self.world
        return resource.fixed(maker.body(kinds), maker)

    def _parents(self, resource: Resource) -> tuple[Any, ...]:
        return tuple(self.world[name] for name in resource.parents)

    def _life(self, resource: Resource, body: Any, kind: str, maker: Maker) -> None:
        try:
            self._whole_life(resource, body, kind, maker)
        except (KeyError, IndexError, TypeError, AttributeError) as error:
            self.tally.fault(resource.name, f"{kind}: an answer has no {type(error).__name__} {error}")

    def _whole_life(self, resource: Resource, body: Any, kind: str, maker: Maker) -> None:
        self.tally.bodies[resource.name] += 1
        before = (*self._parents(resource), *(resource.create_path(body) if resource.create_path else ()))
        made = self._accepted(resource, resource.create, before, body, kind)
        if made is None:
            return
        self._compare(resource, made.sent, made, f"{kind} {resource.create}")
        ids = (*self._parents(resource), *resource.ids(made.document))
        self._read(resource, made, ids, f"{kind} {resource.read}")
        if resource.update:
            self._change(resource, made, ids, kind, maker)
        if resource.delete:
            self._delete(resource, ids)

    def _change(
        self, resource: Resource, made: Answer, ids: tuple[Any, ...], kind: str, maker: Maker
    ) -> None:
        kinds = self.client.body_types(resource.api, resource.update)
        body = maker.body(kinds)
        for name in resource.same:
            body[name] = made.sent[name]
        body = (resource.changed or resource.fixed)(body, maker)
        if isinstance(body, dict) and isinstance(body.get("data"), dict) and "id" in body["data"]:
            body["data"]["id"] = ids[-1]
        changed = self._accepted(resource, resource.update, ids, body, kind)
        if changed is not None:
            self._compare(resource, changed.sent, changed, f"{kind} {resource.update}")
            self._read(resource, changed, ids, f"{kind} {resource.update}, {resource.read}")

    def _read(self, resource: Resource, made: Answer, ids: tuple[Any, ...], where: str) -> None:
        if resource.read:
            read = self.client(resource.api, resource.read, *ids, **resource.read_arguments)
            if not read.ok:
                self.tally.fault(resource.name, f"{where}: {read.status} {read.message[:200]}")
                return
            if not made.clear:
                read.unparsed.clear()
            self._compare(resource, made.sent, read, where)
        if resource.listed and resource.rows:
            listed = self.client(
                resource.api, resource.listed, *self._parents(resource), **resource.list_arguments
            )
            if made.clear:
                self._parsed(resource, listed, resource.listed)
            key = str(ids[-1])
            if not listed.ok:
                self.tally.fault(resource.name, f"{resource.listed}: {listed.status} {listed.message[:200]}")
            rows = resource.rows(listed.document) if listed.ok else []
            if not any(key in json.dumps(row) for row in rows):
                self.tally.fault(resource.name, f"{resource.listed}: {key} is not listed")

    def _delete(self, resource: Resource, ids: tuple[Any, ...]) -> None:
        gone = self.client(resource.api, resource.delete, *ids)
        if not gone.ok or gone.unparsed:
            self.tally.fault(resource.name, f"{resource.delete}: {gone.status} {gone.message[:200]}")
        elif resource.read:
            again = self.client(resource.api, resource.read, *ids)
            if again.status not in resource.gone or not (again.ok or errors_of(again.document)):
                self.tally.fault(
                    resource.name,
                    f"{resource.read} after {resource.delete}: {again.status} {again.message[:200]}",
                )

    def _accepted(
        self, resource: Resource, operation: str, path: tuple[Any, ...], body: Any, kind: str
    ) -> Answer | None:
        """The answer to ``body``, of which what the server refuses by name is taken away."""
        refused: Answer | None = None
        for _ in range(MAX_REFUSALS):
            try:
                made = self.client(resource.api, operation, *path, body=body)
            except NotSendable as error:
                text = f"{resource.name} {kind} {operation}: {error}"
                self.tally.fault(
                    "harness", text if refused is None else f"{text} after {refused.message[:300]}"
                )
                return None
            if made.ok:
                return made
            if made.status >= 500 or not errors_of(made.document):
                self.tally.fault(resource.name, f"{kind} {operation}: {made.status} {made.message[:300]}")
                return None
            name = named_field(" ".join(errors_of(made.document)), body)
            if resource.refused:
                self.tally.refusals.setdefault((resource.name, "(all)"), made.message[:240])
                return None
            missing = named_in(" ".join(errors_of(made.document)), self._known(resource, operation))
            if not name and missing:
                self.tally.refusals.setdefault((resource.name, f"{missing} (missing)"), made.message[:240])
                return None
            if not name:
                self.tally.fault(
                    resource.name,
                    f"{kind} {operation}: refused without a field: {made.message[:300]} {str(body)[:1500]}",
                )
                return None
            self.tally.refusals.setdefault((resource.name, name), made.message[:240])
            body, refused = _without_field(body, name), made
        self.tally.fault(resource.name, f"{kind} {operation}: refused {MAX_REFUSALS} times")
        return None

    def _known(self, resource: Resource, operation: str) -> frozenset[str]:
        return all_names(self.client.body_types(resource.api, operation))

    def _parsed(self, resource: Resource, answer: Answer, where: str) -> None:
        for one in answer.unparsed:
            self.tally.fault(resource.name, f"{where}: the client cannot parse {one}")

    def _compare(self, resource: Resource, sent: Any, answer: Answer, where: str) -> None:
        self._parsed(resource, answer, where)
        self.tally.fields[resource.name] += leaves(sent)
        for one in unexpected(differences(sent, resource.view(answer.document)), resource.server):
            self.tally.fault(resource.name, f"{where}: {one}")


def unexpected(found: Iterable[Difference], server: Mapping[str, str]) -> Iterator[Difference]:
    """The differences at paths that are not the server's own."""
    for one in found:
        if not any(re.fullmatch(pattern, one.path) for pattern in server):
            yield one


def errors_of(document: Any) -> list[str]:
    """The texts of an error in the API's own shape; empty if it has another."""
    errors = document.get("errors") if isinstance(document, dict) else None
    if not isinstance(errors, list):
        return []
    return [
        one
        if isinstance(one, str)
        else str(one.get("detail") or one.get("title") or "") + str(one.get("source") or "")
        for one in errors
    ]


def named_field(message: str, body: Any) -> str:
    """The name of a field of ``body`` that a message has, the longest if there are several."""
    return named_in(message, set(_keys(body)))


def named_in(message: str, names: Iterable[str]) -> str:
    """The longest of ``names`` that a message has."""
    for name in sorted(names, key=lambda name: (-len(name), name)):
        if re.search(rf"(?<![\w]){re.escape(name)}(?![\w])", message):
            return name
    return ""


def _keys(document: Any) -> Iterator[str]:
    if isinstance(document, dict):
        for name, value in document.items():
            if name not in ("data", "attributes", "type", "id"):
                yield name
            yield from _keys(value)
    elif isinstance(document, list):
        for value in document:
            yield from _keys(value)


def _without_field(document: Any, name: str) -> Any:
    if isinstance(document, dict):
        return {key: _without_field(value, name) for key, value in document.items() if key != name}
    if isinstance(document, list):
        return [_without_field(value, name) for value in document]
    return document
