"""Low-disk-space condition of a file system, with separate thresholds for onset and recovery."""

from __future__ import annotations

from dataclasses import dataclass, field

FULL_SHARE = 0.95
WELL_SHARE = 0.92
"""Below ``FULL_SHARE``, so that a disk at the threshold does not flap."""


@dataclass
class DiskSpace:
    """State of reported file systems."""

    _full: set[str] = field(default_factory=set)

    def judge(self, mount: str, share: float, free_kib: float) -> dict[str, str] | None:
        """The event to send for ``mount``, used by ``share`` (0 to 1); None if the state is unchanged."""
        if share >= FULL_SHARE and mount not in self._full:
            self._full.add(mount)
            return {
                "alert_type": "warning",
                "msg_title": f"The disk at {mount} is almost full",
                "msg_text": (
                    f"{share:.0%} of {mount} is used and {free_kib / 1024:,.0f} MiB are free. Programs that "
                    "cannot write stall or fail without a word: delete what is not needed or enlarge it."
                ),
            }
        if share < WELL_SHARE and mount in self._full:
            self._full.discard(mount)
            return {
                "alert_type": "success",
                "msg_title": f"The disk at {mount} has space again",
                "msg_text": f"{share:.0%} of {mount} is used and {free_kib / 1024:,.0f} MiB are free.",
            }
        return None
