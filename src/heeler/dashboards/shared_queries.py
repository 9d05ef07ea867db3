"""Query allow-list of shared dashboards: a reader may run the queries of its widgets, with the values of
template variables that it offers. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import re2

from heeler.api.documents import list_in, object_in
from heeler.query.wildcards import linear_options

_VARIABLE = re.compile(r"(?:(?<![\w.@/-])([\w.@/-]+):)?\$([A-Za-z_][\w-]*(?:\.(?!value\b)[\w-]+)*)(\.value)?")
#: A value that a reader may type: no whitespace, which would bring further terms and operators into a search.
_ANY_VALUE = r"[\pL\pN_.\-/@*]+"
_ANYTHING = re.escape("*")
_MAX_TEXT = 20_000
_OPTIONS = linear_options()


@dataclass(frozen=True, slots=True)
class Variables:
    """``values`` are patterns (RE2) of the allowed values of each variable; ``prefixes`` the tag keys that
    they filter by. ``free``: variables that a reader may leave without a value, which filters nothing.
    """

    prefixes: Mapping[str, str]
    values: Mapping[str, str]
    free: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Allowed:
    """Allow-list of one dashboard: patterns of query texts, exact query objects of other sources,
    formulas.
    """

    texts: tuple[Any, ...]
    objects: tuple[tuple[bytes, Any], ...]
    formulas: frozenset[str] = field(default_factory=frozenset)

    def text(self, given: str) -> bool:
        return any(_matches(pattern, given) for pattern in self.texts)

    def query(self, query: Mapping[str, Any]) -> bool:
        """Whether a query object is allowed."""
        text = query.get("query")
        if isinstance(text, str):
            return query.get("data_source") == "metrics" and self.text(text)
        search = _search(query)
        key = _key(query)
        return any(key == known and _matches(pattern, search) for known, pattern in self.objects)

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
    prefixes, values, free = {}, {}, set()
    for variable in board.get("template_variables") or []:
        name = str(variable.get("name"))
        prefix = prefixes[name] = str(variable.get("prefix") or "")
        defaults = variable.get("defaults") or [variable.get("default") or "*"]
        patterns = [_literal(one, prefix) for one in defaults]
        if name in offered:
            tags = offered[name].get("visible_tags")
            patterns += [_literal(tag, prefix) for tag in tags] if tags else [_ANY_VALUE]
            if offered[name].get("default_value"):
                patterns.append(_literal(offered[name]["default_value"], prefix))
        values[name] = "|".join(dict.fromkeys(patterns))
        if _ANYTHING in patterns or _ANY_VALUE in patterns:
            free.add(name)
    return Variables(prefixes, values, frozenset(free))


def _literal(value: Any, prefix: str) -> str:
    """Pattern of one value, without the prefix that some authors write before it."""
    return re.escape(str(value).removeprefix(f"{prefix}:" if prefix else ""))


def allowed_queries(board: Mapping[str, Any], settings: Mapping[str, Any]) -> Allowed:
    variables = variables_of(board, settings)
    texts: dict[str, None] = {}
    pairs: list[tuple[bytes, Any]] = []
    formulas: set[str] = set()
    for request in requests_of(board.get("widgets") or []):
        if isinstance(request.get("q"), str):
            texts[request["q"]] = None
        for query in request.get("queries") or []:
            if isinstance(query.get("query"), str):
                texts[query["query"]] = None
            else:
                pairs.append((_key(query), pattern(_search(query), variables)))
        formulas |= {str(one.get("formula")) for one in request.get("formulas") or []}
    return Allowed(tuple(pattern(text, variables) for text in texts), tuple(pairs), frozenset(formulas))


def requests_of(widgets: Sequence[Any]) -> Iterator[Mapping[str, Any]]:
    """Requests of all widgets, also inside of groups."""
    for widget in widgets:
        definition = widget.get("definition") or {}
        yield from requests_of(definition.get("widgets") or [])
        given = definition.get("requests") or []
        for one in given if isinstance(given, list) else given.values():
            if isinstance(one, dict):
                yield one


def _matches(pattern: Any, text: str) -> bool:
    return len(text) <= _MAX_TEXT and pattern.fullmatch(text.encode("utf-8", "replace")) is not None


def pattern(text: str, variables: Variables) -> Any:
    """Compiled RE2 pattern of the text with the allowed values of its variables."""
    parts, end = [], 0
    for found in _VARIABLE.finditer(text):
        key, name, as_value = found.group(1), found.group(2), found.group(3)
        parts.append(re.escape(text[end : found.start()]))
        parts.append(_choice(key, name, bool(as_value), variables))
        end = found.end()
    parts.append(re.escape(text[end:]))
    return re2.compile(f"(?s){''.join(parts)}", _OPTIONS)


def _choice(key: str | None, name: str, as_value: bool, variables: Variables) -> str:
    value = variables.values.get(name)
    if value is None:
        return re.escape(f"{key}:") + r"\*" if key else r"\*"
    prefix = key or ("" if as_value else variables.prefixes.get(name, ""))
    filtered = (re.escape(f"{prefix}:") if prefix else "") + f"(?:{value})"
    chosen = rf"{filtered}|\({filtered}(?: OR {filtered})*\)"
    if name not in variables.free:
        return f"(?:{chosen})"
    anything = re.escape(f"{key}:") + _ANYTHING if key else _ANYTHING
    return f"(?:{anything}|{chosen})"


def _search(query: Mapping[str, Any]) -> str:
    search = query.get("search")
    return str(search.get("query") or "") if isinstance(search, dict) else ""


def _key(query: Mapping[str, Any]) -> bytes:
    """A query object without its name and search, which are compared separately."""
    rest = {name: value for name, value in query.items() if name not in ("name", "search", "aggregator")}
    return msgspec.json.encode(rest, order="sorted")
