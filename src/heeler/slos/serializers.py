"""Serializers of SLOs, their corrections and their status."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from heeler.slos.definition import TYPES
from heeler.slos.error_budget import percent, target_display
from heeler.slos.model import Slo, SloCorrection
from heeler.slos.status import Member, SloStatus

Object = dict[str, Any]


def shown(slo: Slo, monitor_tags: list[str] | None = None) -> Object:
    """Serialize an SLO. ``monitor_tags``: union of the tags of its monitors."""
    primary = next(item for item in slo.thresholds if item["timeframe"] == slo.timeframe)
    body: Object = {
        "id": slo.id,
        "name": slo.name,
        "description": slo.description,
        "tags": slo.tags,
        "monitor_tags": monitor_tags or [],
        "thresholds": [threshold(item) for item in slo.thresholds],
        "type": slo.type,
        "type_id": TYPES[slo.type],
        "timeframe": slo.timeframe,
        "target_threshold": primary["target"],
        **slo.definition,
        "creator": person(slo.creator_email, slo.creator_name),
        "created_at": int(slo.created.timestamp()),
        "modified_at": int(slo.modified.timestamp()),
    }
    if "warning" in primary:
        body["warning_threshold"] = primary["warning"]
    return body


def threshold(item: Object) -> Object:
    made = {**item, "target_display": target_display(item["target"])}
    if "warning" in item:
        made["warning_display"] = target_display(item["warning"])
    return made


def person(email: str, name: str) -> Object:
    return {"name": name or None, "handle": email, "email": email}


def correction(item: SloCorrection) -> Object:
    modified = item.modified is not None
    return {
        "type": "correction",
        "id": item.id,
        "attributes": {
            "slo_id": item.slo_id,
            "slo_query": item.slo_query,
            "start": int(item.start),
            "end": None if item.end is None else int(item.end),
            "duration": item.duration,
            "rrule": item.rrule,
            "category": item.category,
            "description": item.description,
            "timezone": item.timezone,
            "created_at": int(item.created.timestamp()),
            "modified_at": int(item.modified.timestamp()) if item.modified is not None else None,
            "creator": person(item.creator_email, item.creator_name),
            "modifier": {
                "email": item.modifier_email, "handle": item.modifier_email,
                "name": item.modifier_name or item.modifier_email,
            }
            if modified
            else None,
        },
    }  # fmt: skip


def number(value: Fraction | None) -> float | None:
    return None if value is None else float(value)


def remaining_by_timeframe(status: SloStatus, custom: float | None = None) -> dict[str, float]:
    """Remaining percent of the error budget for each target of the SLO; empty without data."""
    targets = {str(item["timeframe"]): percent(item["target"]) for item in status.slo.thresholds}
    if custom is not None:
        targets["custom"] = percent(custom)
    found = {name: status.remaining(target) for name, target in targets.items()}
    return {name: float(value) for name, value in found.items() if value is not None}


def primary_threshold(slo: Slo) -> tuple[Fraction, Fraction | None]:
    item = next(one for one in slo.thresholds if one["timeframe"] == slo.timeframe)
    return percent(item["target"]), percent(item["warning"]) if "warning" in item else None


def overall(status: SloStatus, custom: float | None = None) -> Object:
    """Field ``overall`` of a history."""
    target, warning = primary_threshold(status.slo)
    if custom is not None:
        target, warning = percent(custom), None
    sli = number(status.sli)
    precision = status.precision(float(target))
    body: Object = {
        "name": status.slo.name,
        "sli_value": sli,
        "uptime": sli,
        "span_precision": precision,
        "precision": {str(item["timeframe"]): precision for item in status.slo.thresholds},
        "state": status.state(target, warning),
        "error_budget_remaining": remaining_by_timeframe(status, custom),
        "raw_error_budget_remaining": {"unit": status.unit, "value": float(status.raw(target))},
        "corrections": [{"start": int(start), "end": int(end)} for start, end in status.corrections],
        "errors": [{"error_type": kind, "error_message": text} for kind, text in status.errors],
        "preview": False,
    }
    if status.slo.type == "monitor":
        body["history"] = [list(item) for item in status.history]
    return body


def member(status: SloStatus, item: Member) -> Object:
    """Element of ``groups`` or ``monitors`` of a history."""
    single = SloStatus(status.slo, status.start, status.end, item.tally)
    target, warning = primary_threshold(status.slo)
    sli, precision = number(item.tally.sli), single.precision(float(target))
    body: Object = {
        "name": item.name,
        "group": item.name,
        "sli_value": sli,
        "uptime": sli,
        "span_precision": precision,
        "precision": precision,
        "state": single.state(target, warning),
        "error_budget_remaining": remaining_by_timeframe(single),
        "preview": False,
        "errors": [],
    }
    if item.monitor is not None:
        body |= {
            "history": [list(one) for one in item.history],
            "monitor_type": item.monitor.type,
            "monitor_modified": int(item.monitor.modified.timestamp()),
        }
    return body
