"""Access to the compiled loops of metric queries; callers use numpy until they are installed."""

from __future__ import annotations

from types import ModuleType

_compiled: list[ModuleType] = []


def compiled() -> ModuleType | None:
    """:mod:`heeler.query.metrics.kernels` once compiled; None before, and if compilation is not available."""
    return _compiled[0] if _compiled else None


def install(kernels: ModuleType) -> None:
    """Make :func:`compiled` return ``kernels``, which are compiled."""
    if not _compiled:
        _compiled.append(kernels)
