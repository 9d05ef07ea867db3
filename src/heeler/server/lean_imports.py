"""Packages that the server does not use and that its dependencies would load: hidden before that.

pyarrow and chDB import pandas where it is installed (chDB requires it), and Litestar imports both generations
of pydantic, which only the agent's checks need: together some 40 MB of memory and half a second of a start.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

HIDDEN = ("pandas", "pydantic")


class _Hidden(MetaPathFinder):
    """Not ``sys.modules[name] = None``: compiled modules take that for the module itself."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname in HIDDEN:
            raise ModuleNotFoundError(f"{fullname} is not used by the server", name=fullname)
        return None


def hide() -> None:
    """Have ``import`` of these raise ``ModuleNotFoundError``, unless they are loaded already."""
    sys.meta_path.insert(0, _Hidden())
