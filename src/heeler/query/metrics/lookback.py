"""Look-back of a selector: seconds read before the window, for points that reach into its first buckets.
Pure."""

from __future__ import annotations

from heeler.query.limits import FILL_LOOK_BACK, MAX_FILL_LOOK_BACK, MAX_POINTS
from heeler.query.metrics.modifiers import FILL_LIMIT, Options


def look_back_seconds(options: Options, interval: int, several: bool) -> int:
    """Seconds before the window that may affect it; 0 if none.

    ``several``: series of one group are aligned by linear interpolation, unless they are counted. A fill
    looks back as far as its limit, at most a day and :data:`MAX_POINTS` buckets.
    """
    if options.calendar is not None:
        return 0
    if options.fill is not None:
        limit = min(options.fill.limit or FILL_LOOK_BACK, MAX_FILL_LOOK_BACK, MAX_POINTS * interval)
        reaches = options.fill.method in ("linear", "last") or (
            options.fill.method in ("zero", "constant") and options.fill.limit > 0
        )
        return limit if reaches and limit >= interval else 0
    aligned = several and not (options.as_count or options.as_rate)
    return FILL_LIMIT if aligned and interval <= FILL_LIMIT else 0
