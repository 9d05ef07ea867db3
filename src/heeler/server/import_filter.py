"""Blocks imports of optional packages that dependencies would load and the server does not use.

pyarrow and chDB import pandas if it is installed (chDB requires it), and Litestar imports both generations of
pydantic, which only the agent's checks need: together about 40 MB of memory and half a second of startup.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec

HIDDEN = ("pandas", "pydantic")


class _Hidden:
    """Import finder that reports these packages as missing. A None entry in ``sys.modules`` would suffice for
    Python, but compiled code (pyarrow's) mistakes it for the module.
    """

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: object = None
    ) -> ModuleSpec | None:
        if name in HIDDEN:
            raise ModuleNotFoundError(f"No module named {name!r}: it is hidden from the server", name=name)
        return None


def hide() -> None:
    """Make ``import`` of these raise ``ImportError`` in this process, unless they are loaded already."""
    if not any(isinstance(one, _Hidden) for one in sys.meta_path):
        sys.meta_path.insert(0, _Hidden())
