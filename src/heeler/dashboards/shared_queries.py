"""Query allow-list of shared dashboards: a reader may run the queries of its widgets, with the values of
template variables that it offers. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from heeler.api.documents import list_in, object_in
from heeler.dashboards.query_templates import Choice, Template

_ANYTHING = "*"
_VARIABLE = re.compile(r"(?:(?<![\w.@/-])([\w.@/-]+):)?\$([A-Za-z_][\w-]*(?:\.(?!value\b)[\w-]+)*)(\.value)?")


@dataclass(frozen=True, slots=True)
class Variables:
    """Of each variable by its name: the allowed ``values``, and the tag key in ``prefixes`` that it filters
    by. ``any_value``: variables with any value; ``free``: those that a reader may leave without a value,
    which filters nothing.
    """

    prefixes: Mapping[str, str]
    values: Mapping[str, frozenset[str]]
    any_value: frozenset[str] = frozenset()
    free: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Allowed:
    """Allow-list of one dashboard: templates of query texts, exact query objects of other sources with
    templates of their searches, formulas.
    """

    texts: tuple[Template, ...]
    objects: tuple[tuple[bytes, Template], ...]
    formulas: frozenset[str] = field(default_factory=frozenset)

    def text(self, given: str) -> bool:
        return any(template.fits(given) for template in self.texts)

    def query(self, query: Mapping[str, Any]) -> bool:
        """Whether a query object is allowed."""
        text = query.get("query")
        if isinstance(text, str):
            return query.get("data_source") == "metrics" and self.text(text)
        search = _search(query)
        key = _key(query)
        return any(key == known and template.fits(search) for known, template in self.objects)

    def request(self, kind: str, body: Mapping[str, Any]) -> bool:
        """Whether the body of a query endpoint contains only allowed queries and formulas."""
        if kind == "v1":
            text = body.get("query")
            return isinstance(text, str) and self.text(text)
        attributes = object_in(object_in(body, "data"), "attributes")
        queries, formulas = list_in(attributes, "queries"), list_in(attributes, "formulas")
        if not queries or not all(isinstance(one, dict) for one in [*queries, *formulas]):
            return False
        names = {str(one.get("name")) for one in queries}
        return all(self.query(one) for one in queries) and all(
            one.get("formula") in self.formulas or one.get("formula") in names for one in formulas
        )


def variables_of(board: Mapping[str, Any], settings: Mapping[str, Any]) -> Variables:
    """Allowed values of each template variable: its default, and the values offered to readers."""
    offered = {
        str(one.get("name")): one
        for one in settings.get("selectable_template_vars") or []
        if isinstance(one, dict)
    }
    prefixes: dict[str, str] = {}
    values: dict[str, frozenset[str]] = {}
    any_value: set[str] = set()
    for variable in board.get("template_variables") or []:
        name = str(variable.get("name"))
        prefix = prefixes[name] = str(variable.get("prefix") or "")
        allowed = list(variable.get("defaults") or [variable.get("default") or "*"])
        if name in offered:
            tags = offered[name].get("visible_tags")
            allowed += tags or []
            if not tags:
                any_value.add(name)
            if offered[name].get("default_value"):
                allowed.append(offered[name]["default_value"])
        values[name] = frozenset(_value(one, prefix) for one in allowed)
    free = any_value | {name for name, allowed in values.items() if _ANYTHING in allowed}
    return Variables(prefixes, values, frozenset(any_value), frozenset(free))


def _value(given: Any, prefix: str) -> str:
    """One value, without the prefix that some authors write before it."""
    return str(given).removeprefix(f"{prefix}:" if prefix else "")


def allowed_queries(board: Mapping[str, Any], settings: Mapping[str, Any]) -> Allowed:
    variables = variables_of(board, settings)
    texts: dict[str, None] = {}
    pairs: list[tuple[bytes, Template]] = []
    formulas: set[str] = set()
    for request in requests_of(board.get("widgets") or []):
        if isinstance(request.get("q"), str):
            texts[request["q"]] = None
        for query in request.get("queries") or []:
            if isinstance(query.get("query"), str):
                texts[query["query"]] = None
            else:
                pairs.append((_key(query), template_of(_search(query), variables)))
        formulas |= {str(one.get("formula")) for one in request.get("formulas") or []}
    return Allowed(tuple(template_of(text, variables) for text in texts), tuple(pairs), frozenset(formulas))


def requests_of(widgets: Sequence[Any]) -> Iterator[Mapping[str, Any]]:
    """Requests of all widgets, also inside of groups."""
    for widget in widgets:
        definition = widget.get("definition") or {}
        yield from requests_of(definition.get("widgets") or [])
        given = definition.get("requests") or []
        for one in given if isinstance(given, list) else given.values():
            if isinstance(one, dict):
                yield one


def template_of(text: str, variables: Variables) -> Template:
    """The text with the allowed values of its variables."""
    literals, choices, end = [], [], 0
    for found in _VARIABLE.finditer(text):
        key, name, as_value = found.group(1), found.group(2), found.group(3)
        literals.append(text[end : found.start()])
        choices.append(_choice(key or "", name, bool(as_value), variables))
        end = found.end()
    return Template((*literals, text[end:]), tuple(choices))


def _choice(key: str, name: str, as_value: bool, variables: Variables) -> Choice:
    anything = f"{key}:{_ANYTHING}" if key else _ANYTHING
    if name not in variables.values:
        return Choice(anything)
    prefix = key or ("" if as_value else variables.prefixes.get(name, ""))
    return Choice(
        anything if name in variables.free else None,
        f"{prefix}:" if prefix else "",
        variables.values[name],
        name in variables.any_value,
    )


def _search(query: Mapping[str, Any]) -> str:
    search = query.get("search")
    return str(search.get("query") or "") if isinstance(search, dict) else ""


def _key(query: Mapping[str, Any]) -> bytes:
    """A query object without its name and search, which are compared separately."""
    rest = {name: value for name, value in query.items() if name not in ("name", "search", "aggregator")}
    return msgspec.json.encode(rest, order="sorted")
