"""Exceptions of the monitors package."""

from __future__ import annotations


class InvalidQuery(ValueError):
    """A monitor's query cannot be evaluated; the text is a reason for people."""

    @property
    def message(self) -> str:
        """As the public API says it."""
        reason = f": {self}" if str(self) else ""
        return f"The value provided for parameter 'query' is invalid{reason}"
