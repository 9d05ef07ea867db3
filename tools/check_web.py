"""Checks the web app: types, style, unit tests, and that its types of the API are those of the server.

``--write-types`` writes ``ui/src/api/schema.d.ts`` anew instead.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from build_hook import NODE_WHEEL, Node, install_packages, node_from_wheel, node_on_path
from openapi import description

ROOT = Path(__file__).parents[1]
UI = ROOT / "ui"
TYPES = UI / "src" / "api" / "schema.d.ts"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write-types", action="store_true")
    arguments = parser.parse_args()
    node = find_node()
    if arguments.write_types:
        TYPES.write_text(api_types(node))
        return
    install_packages(node, UI, dev=True)
    binaries = UI / "node_modules" / ".bin"
    for tool in (["tsc", "--noEmit"], ["biome", "ci", "."], ["vitest", "run"]):
        node.run([str(binaries / tool[0]), *tool[1:]], UI)
    if api_types(node) != TYPES.read_text():
        raise SystemExit("ui/src/api/schema.d.ts is not what the server describes: run `npm run api` in ui/")


def find_node() -> Node:
    found = node_on_path()
    if found is None:
        uv = str(Path(sys.executable).parent / "uv")
        command = [uv, "pip", "install", "--quiet", "--python", sys.executable, NODE_WHEEL]
        subprocess.run(command, check=True, timeout=300)
        found = node_from_wheel()
    return found


def api_types(node: Node) -> str:
    """The types of the API as the server describes it now."""
    folder = ROOT / "tools" / "api-types"
    install_packages(node, folder, dev=False)
    program = folder / "node_modules" / "openapi-typescript" / "bin" / "cli.js"
    with tempfile.TemporaryDirectory() as scratch:
        described, written = Path(scratch) / "openapi.json", Path(scratch) / "schema.d.ts"
        described.write_bytes(description())
        node.run([*node.node, str(program), str(described), "-o", str(written)], folder)
        return written.read_text()


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"{' '.join(map(str, error.cmd))} failed") from None
