"""Pictures are rendered in a process; one that fails takes no other with it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator

import pytest

from heeler.api.render_turns import RenderTurns
from heeler.render import png
from heeler.render.png import Renderer, RenderError, render_png

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"><rect width="20" height="10"/></svg>'


def fragile(svg: str, zoom: int) -> bytes:
    if svg == "ends the process":
        os._exit(1)
    return render_png(svg, zoom)


@pytest.fixture
def renderer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Renderer]:
    monkeypatch.setattr(png, "render_png", fragile)
    made = Renderer(RenderTurns(), timeout=60)
    yield made
    made.close()


async def test_a_picture_that_ends_the_process_fails_alone(renderer: Renderer) -> None:
    first, second, third = await asyncio.gather(
        renderer.png("ends the process"), renderer.png(SVG), renderer.png("<svg"), return_exceptions=True
    )
    assert isinstance(first, RenderError)
    assert "ended" in str(first)
    assert isinstance(second, bytes)
    assert second.startswith(b"\x89PNG")
    assert isinstance(third, RenderError)
    assert "could not be drawn" in str(third)
