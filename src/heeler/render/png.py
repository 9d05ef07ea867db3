"""Converts SVG to PNG in one worker process: the renderer holds the GIL while it works."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractAsyncContextManager
from pathlib import Path

log = logging.getLogger("heeler.render")
_FONTS = Path(__file__).parent / "fonts"


class RenderError(RuntimeError):
    """Rendering failed; the message gives the reason."""

    status = 500
    """What a request for the picture is answered with."""


def render_png(svg: str, zoom: int = 2) -> bytes:
    """Render ``svg`` as a PNG. Only the bundled fonts are used: output is the same on every machine."""
    import resvg_py

    data: bytes = bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg,
            zoom=zoom,
            skip_system_fonts=True,
            font_files=[str(path) for path in sorted(_FONTS.glob("*.ttf"))],
            font_family="Inter",
            sans_serif_family="Inter",
        )
    )
    return data


class RenderBusy(RenderError):
    """Too many pictures wait to be rendered."""

    status = 503


class Renderer:
    """Owns the worker process; created at first use, replaced when it hangs or dies.

    One picture is rendered at a time, in a turn given by ``turn``, so that the time limit is that of one
    picture and a picture that hangs takes no other with it. ``turn`` raises :class:`RenderBusy`.
    """

    def __init__(self, turn: Callable[[], AbstractAsyncContextManager[None]], timeout: float = 20.0) -> None:
        self._turn, self._timeout = turn, timeout
        self._pool: ProcessPoolExecutor | None = None

    async def png(self, svg: str, zoom: int = 2) -> bytes:
        """Render in the worker. Raises :class:`RenderError` if it fails or exceeds the timeout."""
        async with self._turn():
            return await self._rendered(svg, zoom)

    async def _rendered(self, svg: str, zoom: int) -> bytes:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))
        work = asyncio.get_running_loop().run_in_executor(self._pool, render_png, svg, zoom)
        try:
            return await asyncio.wait_for(work, self._timeout)
        except TimeoutError as error:
            self.close()
            raise RenderError(f"The picture was not drawn within {self._timeout:g} s") from error
        except BrokenProcessPool as error:
            self.close()
            raise RenderError(
                "The process that draws pictures ended: it starts anew with the next"
            ) from error
        except ValueError as error:
            raise RenderError(f"The picture could not be drawn: {error}") from error

    def close(self) -> None:
        if self._pool is not None:
            for process in list((self._pool._processes or {}).values()):
                process.terminate()
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None
