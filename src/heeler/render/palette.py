"""Colours of pictures: the tokens of the web app, light and dark."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Palette:
    surface: str
    border: str
    text: str
    muted: str
    grid: str
    band: str
    alert: str
    warning: str
    ok: str
    series: tuple[str, ...]


LIGHT = Palette(
    surface="#ffffff",
    border="#dde2ea",
    text="#1a2130",
    muted="#636c7e",
    grid="#e8ebf0",
    band="#7c8698",
    alert="#c4273b",
    warning="#e3a008",
    ok="#177548",
    series=(
        "#3870d4", "#f0650f", "#01999a", "#9c0054", "#501aa7", "#749e4c",
        "#025272", "#c34d68", "#3d721c", "#a57afb", "#653e04", "#d470c4",
    ),
)  # fmt: skip

DARK = Palette(
    surface="#171b23",
    border="#2a313e",
    text="#e5e8ef",
    muted="#8c96a9",
    grid="#232934",
    band="#7c879b",
    alert="#ff7078",
    warning="#f0b63f",
    ok="#4cc38a",
    series=(
        "#589af0", "#f5ab42", "#45dba4", "#c4467a", "#935fcd", "#dfe56b",
        "#1f8198", "#ee7da3", "#729f6d", "#c2b0fe", "#bd7c08", "#fcc4e6",
    ),
)  # fmt: skip


def palette(theme: str) -> Palette:
    return DARK if theme == "dark" else LIGHT
