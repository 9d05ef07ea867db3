"""Imports of Agent 5, in a process of their own as they change what is importable."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path


def run(code: str, *folders: Path) -> str:
    lines = [f"sys.path.insert(0, {str(folder)!r})" for folder in folders]
    start = "import sys\nfrom heeler.agent.runtime.agent5_imports import install_legacy\ninstall_legacy()\n"
    whole = start + "\n".join(lines) + "\n" + textwrap.dedent(code)
    done = subprocess.run(
        [sys.executable, "-c", whole], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_name_is_the_one_of_the_base_package() -> None:
    code = """
    from checks import AgentCheck, CheckException
    from checks.network_checks import EventType, NetworkCheck, Status
    from config import _is_affirmative
    from utils.containers import hash_mutable
    from utils.platform import Platform
    from utils.subprocess_output import get_subprocess_output
    from utils.tailfile import TailFile
    import datadog_checks.base
    assert AgentCheck is datadog_checks.base.AgentCheck
    assert issubclass(NetworkCheck, AgentCheck)
    assert _is_affirmative("no") is False
    print(hash_mutable([1]) == hash_mutable([1]), Status.UP != Status.DOWN, callable(get_subprocess_output))
    """
    assert run(code) == "True True True\n"


def test_modules_of_the_user_come_first_and_what_is_nowhere_is_not_found(tmp_path: Path) -> None:
    (tmp_path / "utils").mkdir()
    (tmp_path / "utils" / "__init__.py").write_text("mine = 1\n")
    (tmp_path / "utils" / "platform.py").write_text("Platform = 'mine'\n")
    (tmp_path / "config.py").write_text("own = True\n")
    code = """
    import config, utils
    from utils.platform import Platform
    print(utils.mine, Platform, config.own, hasattr(config, "_is_affirmative"))
    for name in ("utils.nothing", "checks.nothing", "config.nothing"):
        try:
            __import__(name)
        except ModuleNotFoundError as error:
            print(error.name)
    """
    assert run(code, tmp_path).splitlines() == [
        "1 mine True False",
        "utils.nothing",
        "checks.nothing",
        "config.nothing",
    ]


def test_it_is_installed_once_and_last() -> None:
    code = """
    install_legacy()
    names = [type(one).__name__ for one in sys.meta_path]
    print(names.count("LegacyFinder"), names[-1])
    """
    assert run(code) == "1 LegacyFinder\n"
