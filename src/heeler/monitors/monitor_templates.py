"""Monitor templates: definitions whose variables are filled in when a monitor is created. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from heeler.api.errors import ApiError, bad_request
from heeler.api.text_limits import MAX_MESSAGE, MAX_NAME, bounded_tags, bounded_text
from heeler.monitors.definition import apply_monitor
from heeler.monitors.model import Monitor

MAX_VARIABLES, MAX_VALUES = 50, 200
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]{0,99}")
_PREFIX = "Invalid monitor_definition or template variables: "


def checked_template(attributes: Any) -> dict[str, Any]:
    """Validate the attributes of a template. Raises a 400 with the reason.

    The definition must be that of a valid monitor with the default values of its variables.
    """
    if not isinstance(attributes, dict):
        raise bad_request("Invalid attributes. Expected an object")
    title = bounded_text("title", attributes.get("title") or "", MAX_NAME).strip()
    if not title:
        raise bad_request("Invalid title: expected text")
    description = attributes.get("description")
    if description is not None:
        description = bounded_text("description", description, MAX_MESSAGE)
    definition = attributes.get("monitor_definition")
    if not isinstance(definition, dict) or not definition:
        raise bad_request(_PREFIX + "Monitor definition cannot be empty.")
    if attributes.get("tags") is None:
        raise bad_request("Invalid tags: expected a list")
    variables = _variables(attributes.get("template_variables"))
    _check_definition(definition, variables)
    return {
        "title": title,
        "description": description,
        "monitor_definition": definition,
        "tags": list(bounded_tags("tags", attributes.get("tags"))),
        "template_variables": variables,
    }


def _variables(given: Any) -> list[dict[str, Any]]:
    if given is None:
        return []
    if not isinstance(given, list) or len(given) > MAX_VARIABLES:
        raise bad_request(f"{_PREFIX}expected a list of at most {MAX_VARIABLES} template variables.")
    found: list[dict[str, Any]] = []
    for item in given:
        name = item.get("name") if isinstance(item, dict) else None
        if not isinstance(name, str) or not _VARIABLE.fullmatch(name):
            raise bad_request(f"{_PREFIX}a template variable needs a name of letters, digits and _.")
        if unknown := sorted(set(item) - {"name", "tag_key", "available_values", "defaults"}):
            raise bad_request(f"Additional properties are not allowed ({unknown[0]!r} was unexpected)")
        if any(one["name"] == name for one in found):
            raise bad_request(f"{_PREFIX}two template variables are called {name}.")
        for field in ("available_values", "defaults"):
            values = item.get(field)
            if values is not None and not (
                isinstance(values, list)
                and len(values) <= MAX_VALUES
                and all(isinstance(value, str) for value in values)
            ):
                raise bad_request(f"{_PREFIX}{field} of {name} must be a list of texts.")
        found.append({key: value for key, value in item.items() if value is not None})
    return found


def _check_definition(definition: Mapping[str, Any], variables: Sequence[Mapping[str, Any]]) -> None:
    values = {
        str(item["name"]): next(iter(item.get("defaults") or item.get("available_values") or ()), "*")
        for item in variables
    }
    try:
        apply_monitor(Monitor(), filled(definition, variables, values))
    except ApiError as error:
        raise bad_request(_PREFIX + "; ".join(error.messages)) from None


def filled(
    definition: Mapping[str, Any], variables: Sequence[Mapping[str, Any]], values: Mapping[str, str]
) -> dict[str, Any]:
    """Substitute variables in ``definition`` as dashboards do: ``$name`` of a variable with a tag key becomes
    ``key:value``, or everything if its value is ``*``; ``$name.value`` becomes the value.
    """
    keys = {str(item["name"]): str(item.get("tag_key") or "") for item in variables}
    names = sorted(keys, key=len, reverse=True)
    if not names:
        return dict(definition)
    pattern = re.compile(
        r"\$(" + "|".join(re.escape(name) for name in names) + r")(\.value)?(?![A-Za-z0-9_])"
    )

    def replaced(match: re.Match[str]) -> str:
        name = match.group(1)
        value, key = values.get(name, "*"), keys[name]
        return value if match.group(2) or not key or value == "*" else f"{key}:{value}"

    def walk(node: Any) -> Any:
        if isinstance(node, str):
            return pattern.sub(replaced, node)
        if isinstance(node, list):
            return [walk(item) for item in node]
        if isinstance(node, dict):
            return {key: walk(item) for key, item in node.items()}
        return node

    found: dict[str, Any] = walk(definition)
    return found
