"""Processors of log pipelines, compiled from documents of the API to functions on logs.

A processor changes a log in place; input that it cannot process is left as it is. It returns the outcome:
True if it was applied, None if it did not apply (no source, no match), a text with the reason if it failed.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from heeler.logs.matcher import compile_search
from heeler.logs.pipelines import paths
from heeler.logs.pipelines.arithmetic import ExpressionError, compile_expression
from heeler.logs.pipelines.arrays import array_map_processor, array_processor
from heeler.logs.pipelines.document import Document, DocumentError, flag, list_in, text_of, texts_of
from heeler.logs.pipelines.geoip import GeoDatabase
from heeler.logs.pipelines.grok import GrokError, compile_grok
from heeler.logs.pipelines.grok_filters import whole_number
from heeler.logs.pipelines.parsers import parse_url, parse_user_agent
from heeler.query.search.parser import SearchError
from heeler.query.search.predicates import as_number
from heeler.wire.logs.datadog import LogEntry
from heeler.wire.logs.reserved import id_halves, status_of, time_ns
from heeler.wire.normalize import tag_set

Outcome = bool | str | None
Run = Callable[[LogEntry], Outcome]
MAX_BUILT, MAX_TABLE = 256, 100_000
_RESERVED = ("host", "message", "service", "status", "date", "trace_id", "span_id")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Context of processors: the GeoIP database, if configured."""

    geo: GeoDatabase | None = None


def make_processor(document: Document, around: Surroundings) -> Run:
    """Create a processor from its document. Raises :class:`DocumentError` for an invalid one."""
    kind = text_of(document, "type")
    make = PROCESSORS.get(kind)
    if make is None:
        raise DocumentError(
            f"Unknown processor type {kind[:50]!r}. Supported: {', '.join(PROCESSORS)}, pipeline."
        )
    try:
        return make(document, around)
    except (GrokError, SearchError, ExpressionError) as error:
        raise DocumentError(f"Invalid {kind}: {error}") from error


def _first(entry: LogEntry, sources: list[str]) -> Any:
    for source in sources:
        value = paths.read(entry.attributes, source)
        if value is not paths.MISSING and value is not None:
            return value
    return paths.MISSING


def _grok(document: Document, _: Surroundings) -> Run:
    rules = document.get("grok")
    if not isinstance(rules, Mapping):
        raise DocumentError("Invalid grok-parser: 'grok' with 'match_rules' is required.")
    grok = compile_grok(text_of(rules, "match_rules"), text_of(rules, "support_rules", ""))
    source = text_of(document, "source", "message")

    def run(entry: LogEntry) -> Outcome:
        text = entry.message if source == "message" else paths.read(entry.attributes, source)
        if not isinstance(text, str):
            return None
        found = grok.parse(text)
        if found is None:
            return None
        paths.merge(entry.attributes, found[1])
        return True

    return run


def _date(document: Document, _: Surroundings) -> Run:
    sources = texts_of(document, "sources")

    def run(entry: LogEntry) -> Outcome:
        value = _first(entry, sources)
        if value is paths.MISSING:
            return None
        found = time_ns(value, entry.time)
        if found is None:
            return f"{value!r:.60} is not a date"
        entry.time, entry.dated = found, True
        return True

    return run


def _status(document: Document, _: Surroundings) -> Run:
    sources = texts_of(document, "sources")

    def run(entry: LogEntry) -> Outcome:
        found = status_of(_first(entry, sources))
        if found is None:
            return None
        entry.status = found
        return True

    return run


def _service(document: Document, _: Surroundings) -> Run:
    sources = texts_of(document, "sources")

    def run(entry: LogEntry) -> Outcome:
        value = _first(entry, sources)
        if not isinstance(value, str) or not value:
            return None
        entry.service = value
        return True

    return run


def _message(document: Document, _: Surroundings) -> Run:
    sources = texts_of(document, "sources", ["msg"])

    def run(entry: LogEntry) -> Outcome:
        value = _first(entry, sources)
        if not isinstance(value, str):
            return None
        entry.message = value
        return True

    return run


def _trace_id(document: Document, _: Surroundings) -> Run:
    sources = texts_of(document, "sources", ["dd.trace_id"])

    def run(entry: LogEntry) -> Outcome:
        value = _first(entry, sources)
        if value is paths.MISSING:
            return None
        high, low = id_halves(str(value))
        if not low:
            return f"{value!r:.60} is not a trace id"
        entry.trace_high, entry.trace_id = high, low
        return True

    return run


def _span_id(document: Document, _: Surroundings) -> Run:
    sources = texts_of(document, "sources", ["dd.span_id"])

    def run(entry: LogEntry) -> Outcome:
        value = _first(entry, sources)
        if value is paths.MISSING:
            return None
        found = id_halves(str(value))[1]
        if not found:
            return f"{value!r:.60} is not a span id"
        entry.span_id = found
        return True

    return run


def _attribute(document: Document, _: Surroundings) -> Run:
    sources, target = texts_of(document, "sources"), text_of(document, "target")
    of_tag = text_of(document, "source_type", "attribute") == "tag"
    to_tag = text_of(document, "target_type", "attribute") == "tag"
    keep, override = flag(document, "preserve_source"), flag(document, "override_on_conflict")
    cast = text_of(document, "target_format", "auto")
    if not to_tag and (target in _RESERVED or ":" in target or "," in target):
        raise DocumentError(
            f"Invalid attribute-remapper: the target {target!r} is reserved or holds ':' or ','."
        )

    def run(entry: LogEntry) -> Outcome:
        source = next((one for one in sources if _values(entry, one, of_tag)), None)
        if source is None:
            return None
        values = _values(entry, source, of_tag)
        if to_tag:
            done = _to_tag(entry, target, values, override)
        else:
            value = values[0] if len(values) == 1 else values
            taken = paths.read(entry.attributes, target) is not paths.MISSING
            done = (
                None if taken and not override else paths.write(entry.attributes, target, _cast(value, cast))
            )
        if done and not keep and (to_tag != of_tag or source != target):
            _remove(entry, source, of_tag)
        return done or None

    return run


def _values(entry: LogEntry, source: str, of_tag: bool) -> list[Any]:
    if of_tag:
        start = f"{source.lower()}:"
        return [tag[len(start) :] for tag in entry.tags if tag.startswith(start)]
    value = paths.read(entry.attributes, source)
    return [] if value is paths.MISSING else [value]


def _remove(entry: LogEntry, source: str, of_tag: bool) -> None:
    if of_tag:
        entry.tags = tuple(tag for tag in entry.tags if not tag.startswith(f"{source.lower()}:"))
    else:
        paths.remove(entry.attributes, source)


def _to_tag(entry: LogEntry, target: str, values: list[Any], override: bool) -> bool | None:
    texts = [one for value in values for one in (value if isinstance(value, list) else [value])]
    made = [
        f"{target}:{paths.text_of_value(one)}"
        for one in texts
        if not isinstance(one, dict | list) and one is not None
    ]
    if not made:
        return None
    kept = [tag for tag in entry.tags if not (override and tag.startswith(f"{target.lower()}:"))]
    entry.tags = tag_set([*kept, *made])
    return True


def _cast(value: Any, kind: str) -> Any:
    """Convert a value to another type; unchanged if that fails."""
    if kind == "string" and not isinstance(value, dict | list):
        return paths.text_of_value(value)
    number = as_number(value) if kind in ("integer", "double") else None
    if number is None or not math.isfinite(number):
        return value
    if kind == "double":
        return number
    exact = value if isinstance(value, int) else whole_number(value) if isinstance(value, str) else None
    if exact is None and abs(number) < 2**63:
        exact = int(number)
    return value if exact is None else exact


def _url(document: Document, _: Surroundings) -> Run:
    sources = texts_of(document, "sources", ["http.url"])
    target = text_of(document, "target", "http.url_details")
    normalize = flag(document, "normalize_ending_slashes")

    def run(entry: LogEntry) -> Outcome:
        value = _first(entry, sources)
        if not isinstance(value, str):
            return None
        found = parse_url(value, normalize)
        if found is None:
            return f"{value!r:.60} is not a URL"
        return paths.write(entry.attributes, target, found) or f"{target} is in the way"

    return run


def _user_agent(document: Document, _: Surroundings) -> Run:
    from urllib.parse import unquote

    sources = texts_of(document, "sources", ["http.useragent"])
    target = text_of(document, "target", "http.useragent_details")
    encoded = flag(document, "is_encoded")

    def run(entry: LogEntry) -> Outcome:
        value = _first(entry, sources)
        if not isinstance(value, str):
            return None
        found = parse_user_agent(unquote(value) if encoded else value)
        return paths.write(entry.attributes, target, found) or f"{target} is in the way"

    return run


def _category(document: Document, _: Surroundings) -> Run:
    target = text_of(document, "target")
    tests = []
    for one in list_in(document, "categories"):
        where = one.get("filter") if isinstance(one, Mapping) else None
        if not isinstance(where, Mapping):
            raise DocumentError("Invalid category-processor: each category needs a 'filter' and a 'name'.")
        tests.append((compile_search(text_of(where, "query", "*")), text_of(one, "name")))
    if not tests or len({name for _, name in tests}) != len(tests):
        raise DocumentError("Invalid category-processor: 'categories' need names, each another.")

    def run(entry: LogEntry) -> Outcome:
        name = next((name for test, name in tests if test(entry)), None)
        return (
            None if name is None else paths.write(entry.attributes, target, name) or f"{target} is in the way"
        )

    return run


def _arithmetic(document: Document, _: Surroundings) -> Run:
    target = text_of(document, "target")
    expression = compile_expression(text_of(document, "expression"))
    replace = flag(document, "is_replace_missing")

    def run(entry: LogEntry) -> Outcome:
        def number(path: str) -> float | None:
            value = as_number(paths.read(entry.attributes, path))
            return 0.0 if value is None and replace else value

        value = expression(number)
        if value is None or value != value or abs(value) == float("inf"):
            return None
        rounded = round(value, 9)
        whole = int(rounded) if rounded == int(rounded) and abs(rounded) < 2**53 else rounded
        return paths.write(entry.attributes, target, whole) or f"{target} is in the way"

    return run


_BLOCK = re.compile(r"%\{([^{}]+)\}")


def _string_builder(document: Document, _: Surroundings) -> Run:
    target, template = text_of(document, "target"), text_of(document, "template", "")
    replace = flag(document, "is_replace_missing")
    fixed = _BLOCK.split(template)

    def run(entry: LogEntry) -> Outcome:
        built = []
        for place, part in enumerate(fixed):
            value = part if place % 2 == 0 else build_text(paths.read(entry.attributes, part.strip()))
            if value is None and not replace:
                return None
            built.append(value or "")
        return paths.write(entry.attributes, target, "".join(built)[:MAX_BUILT]) or f"{target} is in the way"

    return run


def build_text(value: Any) -> str | None:
    """Text of a value in a built string: arrays joined by commas; None for objects and missing values."""
    if value is paths.MISSING or value is None or isinstance(value, dict):
        return None
    if isinstance(value, list):
        return (
            None
            if any(isinstance(one, dict | list) for one in value)
            else ",".join(map(paths.text_of_value, value))
        )
    return paths.text_of_value(value)


def _geo_ip(document: Document, around: Surroundings) -> Run:
    sources = texts_of(document, "sources", ["network.client.ip"])
    target = text_of(document, "target", "network.client.geoip")

    def run(entry: LogEntry) -> Outcome:
        value = _first(entry, sources)
        if not isinstance(value, str):
            return None
        if around.geo is None:
            return "no GeoIP database is configured (HEELER_GEOIP_DATABASE)"
        found = around.geo.find(value)
        return (
            None
            if found is None
            else paths.write(entry.attributes, target, found) or f"{target} is in the way"
        )

    return run


def _lookup(document: Document, _: Surroundings) -> Run:
    source, target = text_of(document, "source"), text_of(document, "target")
    if "lookup_enrichment_table" in document:
        raise DocumentError("'lookup_enrichment_table' is not supported: give the table as 'lookup_table'.")
    table = {}
    lines = texts_of(document, "lookup_table")
    if sum(len(line) for line in lines) > MAX_TABLE:
        raise DocumentError(f"Invalid lookup-processor: the table is larger than {MAX_TABLE} characters.")
    for line in lines:
        key, comma, value = line.partition(",")
        if not comma:
            raise DocumentError(f"Invalid lookup-processor: {line[:50]!r} is not 'key,value'.")
        table[key.strip()] = value.strip()
    default = document.get("default_lookup")

    def run(entry: LogEntry) -> Outcome:
        value = paths.read(entry.attributes, source)
        if value is paths.MISSING or isinstance(value, dict | list):
            return None
        found = table.get(paths.text_of_value(value), default)
        return (
            None
            if found is None
            else paths.write(entry.attributes, target, found) or f"{target} is in the way"
        )

    return run


def _decoder(document: Document, _: Surroundings) -> Run:
    source, target = text_of(document, "source"), text_of(document, "target")
    encoding, kind = text_of(document, "binary_to_text_encoding"), text_of(document, "input_representation")
    if encoding not in ("base64", "base16") or kind not in ("utf_8", "integer"):
        raise DocumentError("Invalid decoder-processor: expected base64 or base16, utf_8 or integer.")
    if kind == "integer" and encoding != "base16":
        raise DocumentError("Invalid decoder-processor: the input_representation integer is base16.")

    def run(entry: LogEntry) -> Outcome:
        text = paths.read(entry.attributes, source)
        if not isinstance(text, str):
            return None
        try:
            raw = _decoded(text.strip(), encoding)
            value: Any = int.from_bytes(raw, "big") if kind == "integer" else raw.decode()
        except (binascii.Error, ValueError):
            return f"{text!r:.60} is not {encoding}"
        if isinstance(value, int) and value >= 2**63:
            return f"{text!r:.60} is larger than 64 bits"
        return paths.write(entry.attributes, target, value) or f"{target} is in the way"

    return run


def _decoded(text: str, encoding: str) -> bytes:
    if encoding == "base64":
        whole = text[: len(text) - 1] if len(text.rstrip("=")) % 4 == 1 else text
        return base64.b64decode(whole.rstrip("=") + "=" * (-len(whole.rstrip("=")) % 4), validate=True)
    digits = text.removeprefix("0x")
    return bytes.fromhex("0" + digits if len(digits) % 2 else digits)


def _exclude(document: Document, _: Surroundings) -> Run:
    path = text_of(document, "attribute_to_exclude")

    def run(entry: LogEntry) -> Outcome:
        if paths.read(entry.attributes, path) is paths.MISSING:
            return None
        paths.remove(entry.attributes, path)
        return True

    return run


def _schema(document: Document, around: Surroundings) -> Run:
    from heeler.logs.pipelines.schema import schema_processor

    return schema_processor(document, lambda one: _attribute(one, around))


PROCESSORS: Mapping[str, Callable[[Document, Surroundings], Run]] = {
    "grok-parser": _grok,
    "date-remapper": _date,
    "status-remapper": _status,
    "service-remapper": _service,
    "message-remapper": _message,
    "attribute-remapper": _attribute,
    "url-parser": _url,
    "user-agent-parser": _user_agent,
    "category-processor": _category,
    "arithmetic-processor": _arithmetic,
    "string-builder-processor": _string_builder,
    "geo-ip-parser": _geo_ip,
    "lookup-processor": _lookup,
    "trace-id-remapper": _trace_id,
    "span-id-remapper": _span_id,
    "array-processor": lambda document, _: array_processor(document),
    "array-map-processor": lambda document, _: array_map_processor(document),
    "decoder-processor": _decoder,
    "schema-processor": _schema,
    "exclude-attribute": _exclude,
}
