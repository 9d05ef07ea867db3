"""Exceptions of the monitors package."""

from __future__ import annotations


class InvalidQuery(ValueError):
    """A monitor's query cannot be evaluated; the text is a reason for display."""

    @property
    def message(self) -> str:
        """Message in the public API's wording."""
        reason = f": {self}" if str(self) else ""
        return f"The value provided for parameter 'query' is invalid{reason}"
