"""Color palettes of rendered graphs: the design tokens of the web app, light and dark."""

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
    cool: tuple[str, ...]
    warm: tuple[str, ...]
    """Steps 3 to 6 of the color ramps from light to dark."""

    def named(self, name: str) -> tuple[str, ...]:
        """Colors of a palette of dashboards; by default those of :attr:`series`."""
        cool, warm, slots = self.cool, self.warm, self.series
        return {
            "classic": slots[:6],
            "semantic": (self.ok, self.warning, self.alert, self.muted),
            "warm": warm,
            "cool": cool,
            "blue": (cool[1], cool[2], cool[3], cool[0]),
            "orange": (warm[1], warm[0], warm[2]),
            "red": (self.alert,),
            "green": (slots[8], slots[5], self.ok),
            "purple": (slots[4], slots[9], slots[11]),
            "gray": (self.band, self.muted),
            "grey": (self.band, self.muted),
        }.get("" if name == "dog_classic" else name.removeprefix("dog_"), slots)


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
    cool=("#76afee", "#4e87d6", "#2c5dbd", "#263f92"),
    warm=("#f7ac4d", "#ec7c25", "#da4620", "#a82e28"),
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
    cool=("#2b519c", "#3873c0", "#4697e4", "#6fc2f1"),
    warm=("#932c25", "#be4d25", "#e8721c", "#f0b04f"),
)  # fmt: skip


def palette(theme: str) -> Palette:
    return DARK if theme == "dark" else LIGHT
