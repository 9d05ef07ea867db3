"""Admission of new series: whether one may be stored, and which limits its points count for."""

from __future__ import annotations

from typing import Protocol

from heeler.wire.metrics.series import ItemError, SeriesInfo


class SeriesRefused(ItemError):
    """A new series that may not be stored; the message gives the reason."""

    reason = "series_quota"


class Admission(Protocol):
    """Called once for each series that the intake's cache lacks, from any thread."""

    version: int
    """Changes when :meth:`marks` does: the cache is then built anew."""

    def refusal(self, info: SeriesInfo) -> str:
        """Why a series may not be stored; empty if it may, from then on."""

    def marks(self, info: SeriesInfo) -> int:
        """Limits that the points of a series count for, a bit each; at most 62."""
