from __future__ import annotations

from pathlib import Path

from heeler.store.disk import DiskGuard
from heeler.store.disk_reserve import Reserve

SIZE = 1 << 20


class Disk:
    """A disk of which ``others`` leave so many bytes; the reserve takes its own."""

    def __init__(self, folder: Path, left: int) -> None:
        self.left, self.now = left, 0.0
        self.reserve = Reserve(folder, SIZE)
        self.guard = DiskGuard(
            folder,
            2 * SIZE,
            free=lambda _: self.left - SIZE * self.reserve.held,
            clock=self.tick,
            reserve=self.reserve,
        )

    def tick(self) -> float:
        self.now += 1
        return self.now


def test_a_full_disk_gives_the_reserve_back_and_takes_it_when_there_is_room(tmp_path: Path) -> None:
    disk = Disk(tmp_path, 100 * SIZE)
    disk.guard.keep_reserve()
    assert disk.reserve.held
    assert (tmp_path / "reserve").stat().st_blocks * 512 >= SIZE
    assert disk.guard.has_room()

    disk.left = SIZE + 1000  # other programs took all but a few bytes
    assert not disk.guard.has_room()
    assert not disk.reserve.held
    disk.guard.keep_reserve()
    assert not disk.reserve.held

    disk.left = 100 * SIZE
    disk.guard.keep_reserve()
    assert disk.reserve.held


def test_a_small_disk_has_no_reserve(tmp_path: Path) -> None:
    disk = Disk(tmp_path, 3 * SIZE)
    disk.guard.keep_reserve()
    assert not disk.reserve.held


def test_a_reserve_that_cannot_be_made_is_left_out(tmp_path: Path) -> None:
    reserve = Reserve(tmp_path / "missing", SIZE)
    assert not reserve.take()
    assert not reserve.held
    assert not reserve.release()
