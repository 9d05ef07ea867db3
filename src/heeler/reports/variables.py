"""Substitution of template variables in queries and texts, by the rules of the web app. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

Values = Mapping[str, Sequence[str]]


def values_of(variables: Sequence[Mapping[str, Any]], chosen: Values) -> dict[str, list[str]]:
    """Value of each variable of a dashboard: as selected, or its default; empty for everything."""
    found = {}
    for variable in variables:
        name = str(variable.get("name"))
        given = chosen.get(name) or variable.get("defaults") or [variable.get("default")]
        found[name] = [str(one) for one in given if one and one != "*"]
    return found


class Substitution:
    """Substitutes ``$name``, ``$name.value`` and ``key:$name`` in texts."""

    def __init__(self, variables: Sequence[Mapping[str, Any]], chosen: Values) -> None:
        self._values = values_of(variables, chosen)
        self._prefixes = {str(one.get("name")): str(one.get("prefix") or "") for one in variables}
        names = sorted((re.escape(name) for name in self._values), key=len, reverse=True)
        # A key is looked for only where a word begins: linear in the text.
        key, choice = r"(?:(?<![\w.@/-])([\w.@/-]+):)?", "|".join(names)
        self._pattern = re.compile(rf"{key}\$({choice})(\.value)?(?![\w-])") if names else None

    def text(self, text: str) -> str:
        return self._pattern.sub(self._replacement, text) if self._pattern and "$" in text else text

    def all(self, value: Any) -> Any:
        """``value`` with substitution in all nested strings."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {key: self.all(item) for key, item in value.items()}
        return [self.all(item) for item in value] if isinstance(value, list) else value

    def _replacement(self, found: re.Match[str]) -> str:
        key, name, as_value = found.groups()
        values, prefix = self._values[name], self._prefixes[name]
        bare = [value.removeprefix(f"{prefix}:") if prefix else value for value in values]
        if key:
            return _joined([f"{key}:{value}" for value in bare]) if values else f"{key}:*"
        if not values:
            return "*"
        return _joined(bare if as_value or not prefix else [f"{prefix}:{value}" for value in bare])


def _joined(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"({' OR '.join(parts)})"
