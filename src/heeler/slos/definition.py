"""Validation of SLO definitions, and the fields echoed from requests."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from heeler.api.documents import is_one_of
from heeler.api.errors import bad_request
from heeler.api.text_limits import MAX_MESSAGE, MAX_NAME, MAX_QUERY, MAX_TAG, bounded_tags, bounded_text
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.parser import parse_one
from heeler.restrictions.log_queries import refuse_counting
from heeler.slos.error_budget import percent
from heeler.slos.model import Slo

TYPES = {"monitor": 0, "metric": 1, "time_slice": 2}
TIMEFRAMES = {"7d": 7 * 86400, "30d": 30 * 86400, "90d": 90 * 86400}
MAX_MONITORS, MAX_GROUPS, MAX_QUERIES = 20, 100, 20
_DEFINING = ("query", "sli_specification", "monitor_ids", "groups")


def apply_slo(slo: Slo, data: Any) -> None:
    """Apply a request's body to ``slo``. Raises a 400 naming the invalid field, before any change."""
    if not isinstance(data, dict):
        raise bad_request("Invalid payload: the body must be a JSON object")
    # Of what cannot be null, null counts as absent.
    data = {name: value for name, value in data.items() if value is not None or name == "description"}
    kind = data.get("type") or slo.type
    if not is_one_of(kind, TYPES):
        raise bad_request(f"Invalid payload: type must be one of {', '.join(TYPES)}")
    if slo.type and kind != slo.type:
        raise bad_request("Invalid payload: the type of an SLO cannot be changed")
    name = bounded_text("name", data.get("name") or "", MAX_NAME).strip()
    if not name:
        raise bad_request("Invalid payload: must specify name")
    description = data.get("description", slo.description)
    if description is not None:
        description = bounded_text("description", description, MAX_MESSAGE)
    tags = [tag.strip().lower() for tag in bounded_tags("tags", data.get("tags", slo.tags))]
    thresholds = checked_thresholds(data.get("thresholds", slo.thresholds))
    timeframe = _primary(data.get("timeframe"), thresholds)
    definition = _definition(kind, {name: data[name] for name in _DEFINING if data.get(name) is not None})
    _check_mirror(data, thresholds, timeframe)
    slo.type, slo.name, slo.description, slo.tags = kind, name, description, list(dict.fromkeys(tags))
    slo.thresholds, slo.timeframe, slo.definition = thresholds, timeframe, definition


def checked_thresholds(given: Any) -> list[dict[str, Any]]:
    """Validate targets by timeframe, the shortest first. Raises a 400."""
    if not isinstance(given, list) or not given:
        raise bad_request("Invalid payload: must specify thresholds")
    found: dict[str, dict[str, Any]] = {}
    for item in given:
        if not isinstance(item, dict) or not is_one_of(item.get("timeframe"), TIMEFRAMES):
            raise bad_request(
                f"Invalid payload: the timeframe of a threshold is one of {', '.join(TIMEFRAMES)}"
            )
        timeframe = item["timeframe"]
        if timeframe in found:
            raise bad_request(f"Invalid payload: there are two thresholds for {timeframe}")
        found[timeframe] = _threshold(item)
    return [found[name] for name in TIMEFRAMES if name in found]


def _threshold(item: Mapping[str, Any]) -> dict[str, Any]:
    target = target_of(item.get("target"))
    made: dict[str, Any] = {"timeframe": item["timeframe"], "target": target}
    if item.get("warning") is not None:
        warning = target_of(item["warning"])
        if warning <= target:
            raise bad_request("Invalid payload: the warning must be greater than the target")
        made["warning"] = warning
    return made


def target_of(value: Any) -> float:
    """Validate a target in percent. Raises a 400 unless it is between 0 and 100, both excluded."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 100:
        raise bad_request("Invalid payload: a target is a number greater than 0 and less than 100")
    return float(value)


def _primary(given: Any, thresholds: list[dict[str, Any]]) -> str:
    names = [str(item["timeframe"]) for item in thresholds]
    if given is None:
        return names[0]
    if given not in names:
        raise bad_request(f"Invalid payload: there is no threshold for the timeframe {given!r}")
    return str(given)


def _check_mirror(data: Mapping[str, Any], thresholds: list[dict[str, Any]], timeframe: str) -> None:
    """Raise a 400 if ``target_threshold`` or ``warning_threshold``, which repeat the primary threshold,
    contradict it.
    """
    primary = next(item for item in thresholds if item["timeframe"] == timeframe)
    for name, key in (("target_threshold", "target"), ("warning_threshold", "warning")):
        if data.get(name) is not None and data[name] != primary.get(key):
            raise bad_request(f"Invalid payload: {name} is not the {key} of the {timeframe} threshold")


def _definition(kind: str, given: dict[str, Any]) -> dict[str, Any]:
    if kind == "monitor":
        return _monitors(given)
    if kind == "time_slice":
        return {"sli_specification": {"time_slice": _time_slice(given)}}
    if "query" in given:
        return {"query": _ratio(given["query"])}
    specification = given.get("sli_specification")
    if not isinstance(specification, dict) or not isinstance(specification.get("count"), dict):
        raise bad_request("Invalid payload: must specify the query for count types")
    return {"sli_specification": {"count": _count(specification["count"])}}


def _monitors(given: Mapping[str, Any]) -> dict[str, Any]:
    ids = given.get("monitor_ids")
    if not isinstance(ids, list) or not ids:
        raise bad_request("Invalid payload: must specify monitor_ids")
    if len(ids) > MAX_MONITORS or not all(type(item) is int for item in ids):
        raise bad_request(f"Invalid payload: monitor_ids is a list of at most {MAX_MONITORS} numbers")
    groups = given.get("groups") or []
    if not isinstance(groups, list) or len(groups) > MAX_GROUPS:
        raise bad_request(f"Invalid payload: groups is a list of at most {MAX_GROUPS} groups")
    if groups and len(ids) > 1:
        raise bad_request("Invalid payload: groups go with a single monitor")
    made: dict[str, Any] = {"monitor_ids": list(dict.fromkeys(ids))}
    return made | ({"groups": [bounded_text("groups", item, MAX_TAG) for item in groups]} if groups else {})


def _ratio(query: Any) -> dict[str, str]:
    names = ("numerator", "denominator")
    if not isinstance(query, dict) or not all(
        isinstance(query.get(name), str) and query[name].strip() for name in names
    ):
        raise bad_request("Invalid payload: must specify the query for count types")
    return {name: _metric_text(f"query.{name}", query[name]) for name in names}


def _metric_text(name: str, given: Any) -> str:
    text = bounded_text(name, given, MAX_QUERY).strip()
    try:
        parse_one(text)
    except QueryError as error:
        raise bad_request(f"Invalid payload: {name} cannot be read: {error.within(text)}") from None
    return text


def _count(given: Mapping[str, Any]) -> dict[str, Any]:
    others = [name for name in ("total_events_formula", "bad_events_formula") if given.get(name)]
    if not given.get("good_events_formula") or len(others) != 1:
        raise bad_request(
            "Invalid payload: count needs good_events_formula, and either total_events_formula "
            "or bad_events_formula"
        )
    formulas = {name: _formula(name, given[name]) for name in ("good_events_formula", others[0])}
    return {**formulas, "queries": _queries(given.get("queries"))}


def _formula(name: str, given: Any) -> dict[str, str]:
    text = given.get("formula") if isinstance(given, dict) else given
    if not isinstance(text, str) or not text.strip():
        raise bad_request(f"Invalid payload: {name} must be an object with a formula")
    return {"formula": _metric_text(name, text)}


def _queries(given: Any) -> list[dict[str, Any]]:
    if not isinstance(given, list) or not 0 < len(given) <= MAX_QUERIES:
        raise bad_request(f"Invalid payload: queries is a list of 1 to {MAX_QUERIES} queries")
    for place, item in enumerate(given):
        if not isinstance(item, dict) or not item.get("name") or not item.get("data_source"):
            raise bad_request(f"Invalid payload: queries[{place}] needs name, data_source and query")
        if item["data_source"] == "logs":
            refuse_counting("an SLO counts")
        if item["data_source"] == "metrics":
            _metric_text(f"queries[{place}].query", item.get("query") or "")
    return [dict(item) for item in given]


def _time_slice(given: Mapping[str, Any]) -> dict[str, Any]:
    specification = given.get("sli_specification")
    slices = specification.get("time_slice") if isinstance(specification, dict) else None
    if not isinstance(slices, dict) or not isinstance(slices.get("query"), dict):
        raise bad_request("Invalid payload: must specify sli_specification.time_slice")
    if slices.get("comparator") not in (">", ">=", "<", "<="):
        raise bad_request("Invalid payload: the comparator is one of >, >=, <, <=")
    threshold, seconds = slices.get("threshold"), slices.get("query_interval_seconds") or 300
    if isinstance(threshold, bool) or not isinstance(threshold, int | float):
        raise bad_request("Invalid payload: the threshold of a time slice is a number")
    if seconds not in (60, 300):
        raise bad_request("Invalid payload: query_interval_seconds is 60 or 300")
    formulas = slices["query"].get("formulas")
    if not isinstance(formulas, list) or len(formulas) != 1:
        raise bad_request("Invalid payload: a time slice has exactly one formula")
    query = {
        "formulas": [_formula("formulas[0]", formulas[0])],
        "queries": _queries(slices["query"].get("queries")),
    }
    made = {"comparator": slices["comparator"], "query": query, "threshold": threshold}
    return made | {"query_interval_seconds": seconds}


def threshold_of(slo: Slo, timeframe: str) -> tuple[Fraction, Fraction | None] | None:
    """Target and warning in percent; None if the SLO has none for the timeframe."""
    for item in slo.thresholds:
        if item["timeframe"] == timeframe:
            warning = item.get("warning")
            return percent(item["target"]), None if warning is None else percent(warning)
    return None
