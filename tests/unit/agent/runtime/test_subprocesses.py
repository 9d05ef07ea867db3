"""Programs that checks run."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from heeler.agent.runtime.subprocesses import SubprocessOutputEmptyError, get_subprocess_output


def python(code: str, *arguments: Any, **more: Any) -> tuple[str, str, int]:
    return get_subprocess_output([sys.executable, "-c", code], *arguments, **more)


def test_output_errors_and_code() -> None:
    assert python("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)") == (
        "out\n",
        "err\n",
        3,
    )


def test_bytes_that_are_no_text_are_replaced() -> None:
    assert python(r"import sys; sys.stdout.buffer.write(b'a\xff')")[0] == "a\ufffd"


def test_nothing_written() -> None:
    assert python("pass") == ("", "", 0)
    with pytest.raises(SubprocessOutputEmptyError):
        python("pass", True)


def test_a_list_never_a_shell_line() -> None:
    assert (
        get_subprocess_output([sys.executable, "-c", "import sys; print(sys.argv[1])", "$HOME; ls"])[0]
        == "$HOME; ls\n"
    )
    for command in ("ls", [], ["ls", 5], None, ("ls",)):
        with pytest.raises(TypeError):
            get_subprocess_output(command)  # type: ignore[arg-type]


def test_the_environment_is_replaced_where_it_is_given() -> None:
    assert (
        python("import os; print(os.environ.get('A'), os.environ.get('HOME'))", env={"A": "b"})[0]
        == "b None\n"
    )


def test_a_program_that_is_not_there() -> None:
    with pytest.raises(OSError):
        get_subprocess_output(["no-such-program-here"])
