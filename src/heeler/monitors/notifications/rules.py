"""Notification rules: additional recipients for monitors with certain tags. Pure.

The filter of a rule is matched against the tags of the monitor and of the group together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from heeler.api.errors import bad_request
from heeler.downtimes.matching import InvalidScope, expression_matches, parse_scope, scope_matches
from heeler.notify.handles import handles

MAX_NAME, MAX_RECIPIENTS, MAX_TAGS, MAX_SCOPE, MAX_CONDITIONS = 1000, 20, 20, 3000, 10
TRANSITIONS = (
    "is_alert", "is_warning", "is_no_data", "is_recovery", "is_alert_recovery", "is_warning_recovery",
    "is_no_data_recovery", "is_alert_to_warning", "is_renotify", "is_unknown",
)  # fmt: skip
Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rule:
    """A notification rule. ``filter``: ``{"tags": [...]}``, all required, or ``{"scope": text}``; empty
    matches every monitor.

    Either ``recipients`` or ``conditional`` (``{"conditions": [...], "fallback_recipients": [...]}``).
    """

    id: str
    name: str
    filter: Mapping[str, Any]
    recipients: tuple[str, ...] = ()
    conditional: Mapping[str, Any] | None = None

    def matches(self, tags: Sequence[str]) -> bool:
        if "scope" in self.filter:
            return expression_matches(parse_scope(str(self.filter["scope"])), tags)
        return scope_matches([str(tag) for tag in self.filter.get("tags", ())], tags)

    def chosen(self, tags: Sequence[str], flags: Iterable[str]) -> list[str]:
        """Handles for a notification with these tags and conditionals (``is_alert`` ...)."""
        if not self.matches(tags):
            return []
        if self.conditional is None:
            return list(self.recipients)
        held = frozenset(flags)
        found = [
            recipient
            for condition in self.conditional["conditions"]
            if _holds(str(condition["scope"]), tags, held)
            for recipient in condition["recipients"]
        ]
        return found or list(self.conditional.get("fallback_recipients") or ())


def _holds(scope: str, tags: Sequence[str], flags: frozenset[str]) -> bool:
    key, _, value = scope.partition(":")
    return value in flags if key == "transition_type" else scope_matches([scope], tags)


def added_handles(rules: Iterable[Rule], tags: Sequence[str], flags: Iterable[str]) -> list[str]:
    """Handles added by all matching rules, deduplicated."""
    held = frozenset(flags)
    return list(dict.fromkeys(handle for rule in rules for handle in rule.chosen(tags, held)))


def checked_rule(attributes: Any) -> dict[str, Any]:
    """Validate the attributes of a rule. Raises a 400 with the reason."""
    if not isinstance(attributes, dict):
        raise bad_request("Invalid attributes. Expected an object")
    unknown = sorted(set(attributes) - {"name", "filter", "recipients", "conditional_recipients", *_ECHOED})
    if unknown:
        raise bad_request(f"Additional properties are not allowed ({unknown[0]!r} was unexpected)")
    if attributes.get("bundle_config") is not None:
        raise bad_request(
            "bundle_config is not supported: many notifications to a recipient are joined into a digest"
        )
    name = attributes.get("name")
    if not isinstance(name, str) or not 1 <= len(name.strip()) <= MAX_NAME:
        raise bad_request(f"Invalid name: expected 1 to {MAX_NAME:,} characters")
    plain, conditional = attributes.get("recipients"), attributes.get("conditional_recipients")
    if (plain is None) == (conditional is None):
        raise bad_request("Invalid recipients: give either recipients or conditional_recipients")
    return {
        "name": name.strip(),
        "filter": checked_filter(attributes.get("filter")),
        "recipients": None if plain is None else _recipients(plain),
        "conditional_recipients": None if conditional is None else _conditional(conditional),
    }


_ECHOED = ("bundle_config", "created", "modified")
"""Read-only fields of responses, accepted and ignored in updates."""


def checked_filter(given: Any) -> dict[str, Any]:
    """The filter of a rule as it is stored; None matches everything. Raises a 400 with the reason."""
    if given is None:
        return {}
    if not isinstance(given, dict) or len(given) != 1 or not set(given) <= {"tags", "scope"}:
        raise bad_request("Invalid filter: expected either tags or scope")
    if "scope" in given:
        scope = given["scope"]
        if not isinstance(scope, str) or not 1 <= len(scope) <= MAX_SCOPE:
            raise bad_request(f"Invalid filter.scope: expected 1 to {MAX_SCOPE:,} characters")
        try:
            parse_scope(scope)
        except InvalidScope as error:
            raise bad_request(f"Invalid filter.scope: {error}") from None
        return {"scope": scope}
    tags = given["tags"]
    if not isinstance(tags, list) or not 1 <= len(tags) <= MAX_TAGS:
        raise bad_request(f"Invalid filter.tags: expected 1 to {MAX_TAGS} tags")
    for tag in tags:
        if not isinstance(tag, str) or not 3 <= len(tag) <= 500 or ":" not in tag:
            raise bad_request(f"Invalid filter.tags: {str(tag)[:100]!r} is no key:value")
    return {"tags": tags}


def _recipients(given: Any, field: str = "recipients") -> list[str]:
    if not isinstance(given, list) or not 1 <= len(given) <= MAX_RECIPIENTS:
        raise bad_request(f"Invalid {field}: expected 1 to {MAX_RECIPIENTS} recipients")
    for item in given:
        if not isinstance(item, str) or not item.strip():
            raise bad_request(f"Invalid {field}: a recipient is text")
        if item.startswith("@"):
            raise bad_request(f"Invalid {field}: Recipient handle should not start with '@'")
        if handles(f"@{item}") != [item]:
            raise bad_request(f"Invalid {field}: {item[:100]!r} is no handle")
    return list(dict.fromkeys(given))


def _conditional(given: Any) -> dict[str, Any]:
    conditions = given.get("conditions") if isinstance(given, dict) else None
    if not isinstance(conditions, list) or not 1 <= len(conditions) <= MAX_CONDITIONS:
        raise bad_request(f"Invalid conditional_recipients: expected 1 to {MAX_CONDITIONS} conditions")
    found: dict[str, Any] = {"conditions": [_condition(item) for item in conditions]}
    if given.get("fallback_recipients") is not None:
        found["fallback_recipients"] = _recipients(given["fallback_recipients"], "fallback_recipients")
    return found


def _condition(given: Any) -> dict[str, Any]:
    scope = given.get("scope") if isinstance(given, dict) else None
    if not isinstance(scope, str) or not 1 <= len(scope) <= MAX_SCOPE:
        raise bad_request("Invalid conditional_recipients: each condition needs a scope")
    key, colon, value = scope.partition(":")
    if key == "transition_type" and value not in TRANSITIONS:
        raise bad_request(
            f"Invalid conditional_recipients: {scope[:100]!r}. Expected transition_type: with one of "
            + ", ".join(TRANSITIONS)
        )
    if not colon or not key or not value or any(character in scope for character in " ()"):
        raise bad_request(f"Invalid conditional_recipients: {scope[:100]!r} is not one key:value")
    return {"scope": scope, "recipients": _recipients(given.get("recipients"))}
