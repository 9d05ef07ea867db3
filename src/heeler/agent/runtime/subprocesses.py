"""``_util.get_subprocess_output``: runs a program on behalf of a check."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping


class SubprocessOutputEmptyError(Exception):
    """The program wrote nothing to standard output, and the check requires output."""


def get_subprocess_output(
    command: list[str], raise_on_empty: bool = False, env: Mapping[str, str] | None = None, **_: object
) -> tuple[str, str, int]:
    """Standard output, standard error and exit code of ``command``, which is a list, never a shell
    command.
    """
    if not isinstance(command, list) or not command or not all(isinstance(part, str) for part in command):
        raise TypeError("command must be a list of strings that is not empty")
    done = subprocess.run(command, capture_output=True, env=dict(env) if env else None, check=False)
    out, err = done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
    if raise_on_empty and not out:
        raise SubprocessOutputEmptyError(f"{command[0]} wrote nothing")
    return out, err, done.returncode
