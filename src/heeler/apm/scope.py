"""Which statistics and spans a page is about: a window, and the filters that stay in its address."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

_TAGGED_HOST = (
    "concat('host:', host) = {tag:String} "
    "OR host IN (SELECT host FROM host_tags FINAL WHERE has(tags, {tag:String}))"
)
_FILTERS = (
    "({env:String} = '' OR env = {env:String}) AND ({version:String} = '' OR version = {version:String})"
)


@dataclass(frozen=True, slots=True)
class Scope:
    """``start`` and ``end`` are UNIX seconds; empty texts mean any.

    ``tag`` is the second primary tag as ``key:value``: of the host, of what was called (``peer_tags``), or of
    the span where spans are read.
    """

    start: float
    end: float
    env: str = ""
    version: str = ""
    tag: str = ""

    @property
    def seconds(self) -> float:
        return self.end - self.start

    def parameters(self, **more: Any) -> dict[str, Any]:
        """The parameters of ``STATS`` and ``SPANS``, and ``more``."""
        key, _, value = self.tag.partition(":")
        # Buckets of statistics are named by their start: the one in which the window begins belongs to it.
        window = {"start": int(self.start // 10) * 10, "end": int(self.end) + 1}
        return {**asdict(self), **window, "tag_key": key, "tag_value": value, **more}


STATS = (
    f"time >= toDateTime({{start:Int64}}) AND time < toDateTime({{end:Int64}}) AND {_FILTERS} "
    f"AND ({{tag:String}} = '' OR has(peer_tags, {{tag:String}}) OR {_TAGGED_HOST})"
)
"""SQL of the rows of ``apm_stats`` in a scope."""

SPANS_TIME = "start >= toDateTime64({start:Int64}, 9) AND start < toDateTime64({end:Int64}, 9)"
SPANS_FILTERS = (
    f"{_FILTERS} AND ({{tag:String}} = '' OR has(tags, {{tag:String}}) "
    f"OR meta[{{tag_key:String}}] = {{tag_value:String}} OR {_TAGGED_HOST})"
)
SPANS = f"{SPANS_TIME} AND {SPANS_FILTERS}"
"""SQL of the rows of ``apm_spans`` in a scope."""
