"""What hangs where: rooms, the doors between them, and the exhibits with their stories."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Exhibit:
    id: str
    title: str
    room: str
    year: int
    story: str
    minutes: float
    """How long a visitor who is interested looks at it, on average."""


#: Rooms and the doors that lead out of them; every visit begins and ends in the foyer.
DOORS: dict[str, tuple[str, ...]] = {
    "foyer": ("antiquity", "maps"),
    "antiquity": ("foyer", "portraits"),
    "maps": ("foyer", "machines"),
    "portraits": ("antiquity", "machines", "light"),
    "machines": ("maps", "portraits", "light"),
    "light": ("portraits", "machines", "foyer"),
}

EXHIBITS: tuple[Exhibit, ...] = (
    Exhibit("amphora", "Amphora with two dogs", "antiquity", -520, "Two herding dogs face each other.", 1.5),
    Exhibit("mosaic", "Harbour mosaic", "antiquity", 210, "Ships, fishes, and one very small crab.", 2.5),
    Exhibit("coins", "The baker's hoard", "antiquity", 268, "Four hundred coins from under an oven.", 1.0),
    Exhibit("portolan", "Portolan chart", "maps", 1439, "Every harbour of a sea, and no hinterland.", 3.0),
    Exhibit("globe", "Pocket globe", "maps", 1775, "The world in a fish-skin case.", 1.2),
    Exhibit("weaver", "The weaver's daughter", "portraits", 1662, "She looks at somebody behind you.", 2.0),
    Exhibit("drover", "A drover and his heeler", "portraits", 1884, "Painted on the back of a door.", 3.5),
    Exhibit("orrery", "Brass orrery", "machines", 1790, "Turn the handle: a year takes one minute.", 4.0),
    Exhibit(
        "loom", "Punched-card loom", "machines", 1810, "Its cards are a program, its cloth the output.", 2.8
    ),
    Exhibit(
        "lighthouse", "Lens of a lighthouse", "light", 1873, "Nine hundred prisms around one flame.", 3.2
    ),
    Exhibit("shadow", "Shadow theatre", "light", 1904, "Leather figures, oil lamps, one voice.", 2.2),
)

BY_ID: dict[str, Exhibit] = {exhibit.id: exhibit for exhibit in EXHIBITS}


def in_room(room: str) -> tuple[Exhibit, ...]:
    return tuple(exhibit for exhibit in EXHIBITS if exhibit.room == room)
