"""The exit of the command's process: its code, its output and its exit handlers are as without haste."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from heeler.cli.entry_point import Leaving, exit_code

CODE = """
import atexit, sys, threading, time
import heeler.cli.main
from heeler.cli import entry_point

class Kept:
    def __del__(self):
        print("the interpreter frees each object")

kept = Kept()
kept.itself = kept

def main():
    atexit.register(print, "exit handler")
    threading.Timer(0.2, print, ["thread"]).start()
    print("command")
    {end}

heeler.cli.main.main = main
entry_point.run()
"""


def _run(end: str) -> tuple[int, list[str], str]:
    done = subprocess.run(
        [sys.executable, "-c", CODE.format(end=end)], capture_output=True, text=True, timeout=120, check=False
    )
    return done.returncode, done.stdout.splitlines(), done.stderr


@pytest.mark.parametrize(("end", "code"), [("sys.exit(0)", 0), ("sys.exit()", 0), ("sys.exit(3)", 3)])
def test_it_ends_with_its_code_after_threads_and_exit_handlers(end: str, code: int) -> None:
    assert _run(end) == (code, ["command", "thread", "exit handler"], "")


@pytest.mark.parametrize(
    ("end", "said"), [("raise KeyError('x')", "KeyError: 'x'"), ("sys.exit('no')", "no")]
)
def test_what_python_reports_it_reports(end: str, said: str) -> None:
    code, printed, error = _run(end)
    assert (code, error.splitlines()[-1]) == (1, said)
    assert printed[:3] == ["command", "thread", "exit handler"]


def test_a_fork_and_a_process_without_a_code_end_as_ever() -> None:
    leaving = Leaving(os.getpid())
    leaving.leave()
    leaving = Leaving(os.getpid() + 1)
    leaving.code = 0
    leaving.leave()


@pytest.mark.parametrize(("given", "code"), [(None, 0), (0, 0), (2, 2), (True, 1), ("text", None)])
def test_exit_codes(given: object, code: int | None) -> None:
    assert exit_code(given) == code
