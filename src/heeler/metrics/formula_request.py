"""Parser of the requests of ``POST /api/v2/query/timeseries`` and ``/scalar``. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.scalar import REDUCERS
from heeler.query.metrics.window import LAST_TIME

#: Each is read separately.
MAX_QUERIES = 50
MAX_FORMULAS = 50
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Limit:
    """Limit of a formula to the first ``count`` rows or series by value; all if None."""

    count: int | None
    order: Literal["asc", "desc"]


@dataclass(frozen=True, slots=True)
class Formula:
    text: str
    limit: Limit | None = None


@dataclass(frozen=True, slots=True)
class FormulaRequest:
    """Parsed request. ``start`` and ``end`` are UNIX seconds, ``interval`` seconds. ``queries`` all have a
    name.
    """

    start: float
    end: float
    queries: Sequence[dict[str, Any]]
    formulas: Sequence[Formula]
    interval: int | None = None
    bars: bool = False
    """Whether the default buckets are those of bars, which are wider."""

    @property
    def texts(self) -> list[str]:
        return [one.text for one in self.formulas]

    @property
    def reducers(self) -> dict[str, str]:
        """Reducer of each query to a scalar; totals of other sources are scalars already."""
        return {
            item["name"]: str(item.get("aggregator") or "avg") if is_metrics(item) else "avg"
            for item in self.queries
        }

    @property
    def notes(self) -> tuple[str, ...]:
        """Options of the queries that are accepted and change nothing here, a sentence each."""
        found = []
        if any(is_metrics(item) and item.get("semantic_mode") == "combined" for item in self.queries):
            found.append(_COMBINED)
        if any(item.get("cross_org_uuids") for item in self.queries):
            found.append(_CROSS_ORG)
        return tuple(found)


_SEMANTIC_MODES = ("combined", "native")
_COMBINED = "semantic_mode combined: no metric is combined with another here; the one that is named is shown."
_CROSS_ORG = "cross_org_uuids: there is one organization here, whose data is shown."


def is_metrics(item: Mapping[str, Any]) -> bool:
    return str(item.get("data_source") or "") in ("metrics", "cloud_cost", "")


class _Formula(msgspec.Struct):
    formula: str
    limit: dict[str, Any] | None = None


class _Attributes(msgspec.Struct):
    start: int = msgspec.field(name="from")
    end: int = msgspec.field(name="to")
    queries: list[dict[str, Any]]
    formulas: list[_Formula] | None = None
    interval: int | None = None
    display: str = "line"


class _Data(msgspec.Struct):
    type: str
    attributes: _Attributes


class _Body(msgspec.Struct):
    data: _Data


def read_request(body: bytes, kind: str) -> FormulaRequest:
    """Parse the request of type ``kind``. Raises :class:`QueryError` with the path in the document."""
    try:
        data = msgspec.json.decode(body, type=_Body, strict=False).data
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise QueryError(f"API input validation failed: {error}") from None
    if data.type != kind:
        raise QueryError(f'API input validation failed: Invalid type. Expected "{kind}".')
    attributes = data.attributes
    for name, time in (("from", attributes.start), ("to", attributes.end)):
        if not 0 <= time <= LAST_TIME * 1000:
            raise QueryError(f"'{name}' is {str(time)[:30]}: expected UNIX milliseconds")
    if attributes.interval is not None and not 0 <= attributes.interval <= LAST_TIME * 1000:
        raise QueryError(f"'interval' is {str(attributes.interval)[:30]}: expected milliseconds")
    queries = _named(attributes.queries)
    formulas = [Formula(one.formula, _limit(one.limit)) for one in attributes.formulas or ()]
    if len(formulas) > MAX_FORMULAS:
        raise QueryError(f"{len(formulas)} formulas: expected at most {MAX_FORMULAS}")
    return FormulaRequest(
        start=attributes.start / 1000,
        end=attributes.end / 1000,
        queries=queries,
        formulas=formulas or [Formula(item["name"]) for item in queries],
        interval=max(1, attributes.interval // 1000) if attributes.interval else None,
        bars=attributes.display == "bars",
    )


def _named(queries: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Query objects, each with a unique name."""
    if not 1 <= len(queries) <= MAX_QUERIES:
        raise QueryError(f"{len(queries)} queries: expected 1 to {MAX_QUERIES}")
    found: dict[str, dict[str, Any]] = {}
    for place, item in enumerate(queries):
        name = query_name(item, place)
        if not _NAME.fullmatch(name):
            raise QueryError(
                f"Query {place + 1} is called {name[:50]!r}: expected letters, digits and '_', a letter first"
            )
        if name in found:
            raise QueryError(f"Two queries are called {name[:50]!r}: expected a name of its own for each")
        reducer = str(item.get("aggregator") or "avg")
        if is_metrics(item) and reducer not in REDUCERS:
            expected = f"expected one of {', '.join(REDUCERS)}"
            raise QueryError(f"Query {name!r}: unknown aggregator {reducer[:50]!r}; {expected}")
        _check_modes(name, item)
        found[name] = {**item, "name": name}
    return list(found.values())


def _check_modes(name: str, item: Mapping[str, Any]) -> None:
    """Raise for a ``semantic_mode`` or ``cross_org_uuids`` that is none."""
    mode = item.get("semantic_mode")
    if is_metrics(item) and mode is not None and mode not in _SEMANTIC_MODES:
        expected = f"expected {' or '.join(_SEMANTIC_MODES)}"
        raise QueryError(f"Query {name!r}: unknown semantic_mode {str(mode)[:50]!r}; {expected}")
    others = item.get("cross_org_uuids")
    if others is None:
        return
    if not isinstance(others, list) or len(others) > 1 or not all(isinstance(one, str) for one in others):
        raise QueryError(f"Query {name!r}: 'cross_org_uuids' must be a list of at most one UUID")


def query_name(item: Mapping[str, Any], place: int) -> str:
    """Name by which formulas refer to the query object at ``place``."""
    return str(item.get("name") or f"query{place + 1}")


def _limit(value: Mapping[str, Any] | None) -> Limit | None:
    if not value:
        return None
    count, order = value.get("count"), value.get("order") or "desc"
    if count is not None and (isinstance(count, bool) or not isinstance(count, int) or count < 1):
        raise QueryError(f"'limit.count' is {str(count)[:30]}: expected a number from 1")
    if order not in ("asc", "desc"):
        raise QueryError(f"'limit.order' is {str(order)[:30]!r}: expected asc or desc")
    return Limit(count, "asc" if order == "asc" else "desc")
