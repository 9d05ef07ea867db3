"""Message content of a transition, for mail, channels and webhooks. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from heeler.monitors.evaluation.state_machine import (
    ALERT,
    NO_DATA,
    OK,
    UNKNOWN,
    WARN,
    GroupState,
    Thresholds,
    Transition,
)
from heeler.monitors.notifications.number_format import plain_number
from heeler.monitors.notifications.rules import Rule, added_handles
from heeler.monitors.notifications.template import Context, render
from heeler.notify.handles import handles, without_handles
from heeler.notify.mail import page
from heeler.notify.message import Content
from heeler.notify.outbox import Notice

_ALERT_TYPES = {ALERT: "error", WARN: "warning", OK: "success", NO_DATA: "error", UNKNOWN: "warning"}
MAX_MEMBERS = 10
"""Maximum number of groups listed in a notification."""
_MAIL_KINDS = {ALERT: "alert", WARN: "warning", OK: "ok", NO_DATA: "nodata", UNKNOWN: "nodata"}


@dataclass(frozen=True, slots=True)
class Occasion:
    """Context of a notification. ``tags`` are the group's; ``host`` is the metadata of its host."""

    id: int
    name: str
    kind: str
    query: str
    message: str
    options: Mapping[str, Any]
    monitor_tags: tuple[str, ...]
    priority: int | None
    group: str
    transition: Transition
    state: GroupState
    thresholds: Thresholds
    now: float
    url: str
    scope: tuple[str, ...] = ()
    """Tags that the query requires of every group."""
    members: tuple[str, ...] = ()
    """Groups with a transition, if the notification is for several groups."""
    opinion: str = ""
    """Second opinion on a new anomaly, a sentence."""
    host: Mapping[str, str] = field(default_factory=dict)
    assets: tuple[Mapping[str, Any], ...] = ()
    """Runbook links: name and url."""
    samples: tuple[str, ...] = ()
    """Messages of matching logs."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    rules: Sequence[Rule] = ()
    """Notification rules, which add recipients."""

    @property
    def tags(self) -> tuple[str, ...]:
        own = () if self.group == "*" else tuple(self.group.split(","))
        return tuple(dict.fromkeys((*self.scope, *own)))


@dataclass(frozen=True, slots=True)
class Told:
    title: str
    text: str
    handles: list[str]
    notice: Notice
    alert_type: str
    tags: tuple[str, ...] = ()
    """Tags of the group and of the query's scope."""


def flags(transition: Transition) -> frozenset[str]:
    """Names of the conditionals that are true."""
    before, after = transition.before, transition.after
    found = {
        "is_alert": after == ALERT,
        "is_warning": after == WARN,
        "is_no_data": after == NO_DATA,
        "is_recovery": after == OK,
        "is_alert_recovery": after == OK and before == ALERT,
        "is_warning_recovery": after == OK and before == WARN,
        "is_no_data_recovery": after == OK and before == NO_DATA,
        "is_alert_to_warning": after == WARN and before == ALERT,
        "is_renotify": transition.kind == "Renotify",
        "is_unknown": after == UNKNOWN,
    }
    return frozenset(name for name, holds in found.items() if holds)


def context(occasion: Occasion) -> Context:
    state, limits = occasion.state, occasion.thresholds
    limit = (
        limits.warning
        if occasion.transition.after == WARN and limits.warning is not None
        else limits.critical
    )
    triggered = state.triggered_at or occasion.now
    values: dict[str, Any] = {
        "value": "" if state.value is None or occasion.transition.without_data else state.value,
        "threshold": "" if limit is None else limit,
        "warn_threshold": "" if limits.warning is None else limits.warning,
        "ok_threshold": occasion.options.get("thresholds", {}).get("ok", ""),
        "alert_recovery_threshold": "" if limits.critical_recovery is None else limits.critical_recovery,
        "warn_recovery_threshold": "" if limits.warning_recovery is None else limits.warning_recovery,
        "comparator": limits.comparator,
        "first_triggered_at": _utc(triggered),
        "first_triggered_at_epoch": int(triggered * 1000),
        "last_triggered_at": _utc(state.last_triggered or occasion.now),
        "last_triggered_at_epoch": int((state.last_triggered or occasion.now) * 1000),
        "triggered_duration_sec": int(max(occasion.now - triggered, 0)),
        "priority": f"P{occasion.priority}" if occasion.priority else "",
        **occasion.extra,
    }
    for tag in occasion.tags:
        key, _, value = tag.partition(":")
        values[key] = values[f"{key}.name"] = value
    values |= {f"host.{key}": value for key, value in occasion.host.items()}
    return Context(flags(occasion.transition), values)


def _utc(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%a %b %d %Y %H:%M:%S} UTC"


def title(occasion: Occasion, name: str) -> str:
    """``[P1] [Triggered on {host:a}] name``."""
    kind = occasion.transition.kind
    if kind == "Renotify":
        kind = {WARN: "Re-Warn", NO_DATA: "Re-No Data"}.get(occasion.transition.after, "Re-Triggered")
    on = (
        f" on {{{','.join(occasion.tags)}}}"
        if occasion.tags and occasion.options.get("include_tags", True)
        else ""
    )
    priority = f"[P{occasion.priority}] " if occasion.priority else ""
    return f"{priority}[{kind}{on}] {name}"


def tell(occasion: Occasion, picture: bytes | None) -> Told:
    """Notification of a transition."""
    here = context(occasion)
    template = occasion.message
    if occasion.transition.kind == "Renotify" and occasion.options.get("escalation_message"):
        template = f"{template}\n\n{occasion.options['escalation_message']}"
    filled = render(template, here)
    heading = title(occasion, render(occasion.name, here).replace("**", ""))
    preset = str(occasion.options.get("notification_preset_name") or "show_all")
    added = added_handles(occasion.rules, (*occasion.monitor_tags, *occasion.tags), here.flags)
    names = list(dict.fromkeys((*handles(filled), *added)))
    shown = names if "handles" not in preset and preset != "hide_all" else []
    samples = "\n".join(["Logs that were found:", *occasion.samples]) if occasion.samples else ""
    body = "\n\n".join(part for part in (without_handles(filled), occasion.opinion, samples) if part)
    after = occasion.transition.after
    link = f"{occasion.url}/monitors/{occasion.id}"
    facts = [
        ("State", f"{occasion.transition.before} → {after}"),
        ("Group", ",".join(occasion.tags)),
        ("Groups", _members_text(occasion.members)),
        ("Duration", _duration_text(occasion)),
        ("Value", _value_text(occasion, here)),
        ("Threshold", _condition(occasion)),
        ("Query", occasion.query if preset in _WITH_QUERY else ""),
        ("Time", _utc(occasion.now)),
        ("Tags", ", ".join(occasion.monitor_tags)),
        ("Notified", " ".join(f"@{name}" for name in shown)),
        *((str(item.get("name") or "Runbook"), _asset_url(occasion, item)) for item in occasion.assets),
    ]
    if preset == "show_only_snapshot":
        facts = []
    picture = None if preset == "hide_all" else picture
    if preset in ("hide_all", "hide_handles_and_footer"):
        link = ""
    html = page(
        heading=heading, kind=_MAIL_KINDS[after], body=body, facts=facts, link=link, action="View monitor",
        graph=picture is not None, actions=_actions(occasion, link),
    )  # fmt: skip
    text = f"{body}\n\n" + "\n".join(f"{name}: {value}" for name, value in facts if value) + f"\n\n{link}\n"
    text = text.rstrip() + "\n"
    variables = _variables(occasion, heading, body, link)
    content = Content(
        title=heading, body=body, kind=_MAIL_KINDS[after], facts=tuple(item for item in facts if item[1]),
        link=link, actions=_actions(occasion, link), tags=occasion.tags, monitor_id=occasion.id,
        group=occasion.group, priority=occasion.priority, transition=occasion.transition.kind,
        time=occasion.now,
    )  # fmt: skip
    return Told(
        heading,
        body,
        names,
        Notice(heading, text, html, picture, variables, content),
        _ALERT_TYPES[after],
        occasion.tags,
    )


_WITH_QUERY = ("show_all", "hide_handles", "hide_handles_and_footer")


def _value_text(occasion: Occasion, here: Context) -> str:
    """The value, or that there is none and the time of the last one."""
    state = occasion.state
    if not occasion.transition.without_data and occasion.transition.after != NO_DATA:
        return here.text("value")
    if not state.last_data:
        return "none"
    last = "" if state.value is None else f" and was {plain_number(state.value)}"
    return f"none; the last came at {_utc(state.last_data)}{last}"


def _members_text(members: tuple[str, ...]) -> str:
    more = len(members) - MAX_MEMBERS
    return "; ".join(members[:MAX_MEMBERS]) + (f"; and {more:,} more" if more > 0 else "")


def _duration_text(occasion: Occasion) -> str:
    """Duration of the bad state, in a recovery."""
    began = occasion.state.triggered_at
    if occasion.transition.after != OK or not began:
        return ""
    return duration(max(occasion.now - began, 0))


def duration(seconds: float) -> str:
    """Duration in the two largest units: ``1 h 5 min``."""
    left, parts = int(seconds), []
    for name, size in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {name}")
    return " ".join(parts[:2]) or "0 s"


def _actions(occasion: Occasion, link: str) -> tuple[tuple[str, str], ...]:
    """Links in addition to the monitor's: muting of the notified groups, runbooks."""
    found = []
    if link and occasion.transition.after != OK:
        scope = "" if occasion.group == "*" else f"&group={quote(occasion.group, safe='')}"
        found.append(("Mute", f"{link}?mute=1{scope}"))
    assets = ((str(item.get("name") or "Runbook"), _asset_url(occasion, item)) for item in occasion.assets)
    return (*found, *(item for item in assets if item[1]))


def _asset_url(occasion: Occasion, asset: Mapping[str, Any]) -> str:
    """URL of a runbook; a notebook is a path of this server."""
    url = str(asset.get("url") or "")
    return f"{occasion.url}{url}" if url.startswith("/") else url


def _condition(occasion: Occasion) -> str:
    limits = occasion.thresholds
    parts = [("alert", limits.critical), ("warning", limits.warning)]
    return ", ".join(f"{name} {limits.comparator} {value:g}" for name, value in parts if value is not None)


def _variables(occasion: Occasion, heading: str, body: str, link: str) -> dict[str, Any]:
    tags = [*occasion.monitor_tags, *occasion.tags]
    when = int(occasion.now * 1000)
    return {
        "ID": f"{occasion.id}{when}",
        "ALERT_ID": occasion.id,
        "ALERT_TITLE": heading,
        "ALERT_STATUS": body,
        "ALERT_QUERY": occasion.query,
        "ALERT_SCOPE": ",".join(occasion.tags) or "*",
        "ALERT_METRIC": next(iter(occasion.extra.get("metrics", ())), ""),
        "ALERT_PRIORITY": f"P{occasion.priority}" if occasion.priority else "",
        "ALERT_TRANSITION": occasion.transition.kind,
        "ALERT_TYPE": _ALERT_TYPES[occasion.transition.after],
        "ALERT_CYCLE_KEY": f"{occasion.id}-{occasion.group}-{int(occasion.state.triggered_at)}",
        "AGGREG_KEY": f"monitor-{occasion.id}",
        "DATE": when,
        "DATE_POSIX": when // 1000,
        "LAST_UPDATED": when,
        "EVENT_TITLE": heading,
        "EVENT_MSG": body,
        "EVENT_TYPE": f"{occasion.kind.replace(' ', '_')}_monitor",
        "TEXT_ONLY_MSG": body,
        "HOSTNAME": next((tag[5:] for tag in occasion.tags if tag.startswith("host:")), ""),
        "LINK": link,
        "PRIORITY": "normal",
        "ORG_ID": 1,
        "ORG_NAME": "Heeler",
        "SNAPSHOT": "",
        "TAGS": ",".join(tags),
    }
