"""What the server hides is not loaded by it, and nothing of it is missed."""

from __future__ import annotations

import subprocess
import sys

CODE = """
from heeler.server import lean_imports
lean_imports.hide()
import sys
import heeler.server.serve
import pyarrow
pyarrow.array(["text"], pyarrow.string())  # asks for pandas
print(*(name for name in sys.modules if name.partition(".")[0] in lean_imports.HIDDEN))
"""


def test_what_is_hidden_is_not_loaded() -> None:
    command = [sys.executable, "-c", CODE]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []
