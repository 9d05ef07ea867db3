"""Packages that the server does not use and that its dependencies would load: hidden before that.

pyarrow and chDB import pandas where it is installed (chDB requires it), and Litestar imports both generations
of pydantic, which only the agent's checks need: together some 40 MB of memory and half a second of a start.
"""

from __future__ import annotations

import sys

HIDDEN = ("pandas", "pydantic")


def hide() -> None:
    """Have ``import`` of these raise ``ImportError`` in this process, unless they are loaded already."""
    for name in HIDDEN:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]
