"""A folder of logs that are followed, for tests of rotations."""

from __future__ import annotations

from pathlib import Path

from heeler.agent.config import Config
from heeler.agent.logs.files import Files
from heeler.agent.logs.message import Message
from heeler.agent.logs.registry import Registry
from heeler.agent.logs.sources import LogSource


class Box:
    """A folder of logs, the component that follows them, and a clock."""

    def __init__(self, root: Path, **source: object) -> None:
        self.root = root
        self.log = root / "app.log"
        self.now = 1000.0
        self.options = {"path": str(self.log), **source}
        self.files = self._files()
        self.seen: list[str] = []

    def _files(self) -> Files:
        self.registry = Registry(self.root / "registry.json")
        source = LogSource(**self.options)  # type: ignore[arg-type]
        return Files([source], Config(self.root, {}), self.registry, lambda: True)

    def write(self, *lines: str, file: Path | None = None) -> None:
        with (file or self.log).open("a") as target:
            target.write("".join(f"{line}\n" for line in lines))

    def rotate(self, count: int = 3) -> None:
        for number in range(count, 1, -1):
            older = self.log.with_name(f"app.log.{number - 1}")
            if older.exists():
                older.rename(self.log.with_name(f"app.log.{number}"))
        if self.log.exists():
            self.log.rename(self.log.with_name("app.log.1"))

    def poll(self, seconds: float = 0.25) -> list[str]:
        """Messages of one round, delivered at once."""
        found = self.read(seconds)
        self.deliver(found)
        self.seen += [message.text for message in found]
        return [message.text for message in found]

    def read(self, seconds: float = 0.25) -> list[Message]:
        """Messages of one round, which are then in flight."""
        self.now += seconds
        return list(self.files.poll(self.now))

    def deliver(self, messages: list[Message]) -> None:
        for message in messages:
            self.files.delivered(message.origin, message.path, message.offset)
        self.registry.save(self.files.live)

    def scan(self) -> None:
        self.files.scan(self.now)

    def restart(self) -> None:
        self.files.close()
        self.files = self._files()
        self.scan()


def started(box: Box, *lines: str) -> Box:
    box.write("old")
    box.scan()
    box.write(*lines)
    assert box.poll() == list(lines)
    return box
