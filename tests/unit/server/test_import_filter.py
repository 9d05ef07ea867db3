"""What the server hides is not loaded by it, and nothing of it is missed."""

from __future__ import annotations

import subprocess
import sys

CODE = """
from heeler.server import import_filter
import_filter.hide()
import heeler.server.serve, sys
print(*(name for name in sys.modules if name.partition(".")[0] in import_filter.HIDDEN and sys.modules[name]))
"""


def test_what_is_hidden_is_not_loaded() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


def test_compiled_code_finds_that_it_is_not_there() -> None:
    code = "from heeler.server.import_filter import hide; hide(); import pyarrow; pyarrow.array(['a'])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
