"""Integrations in an environment of the agent's own, with real wheels and the real pip, without a network."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from heeler.agent.config import Config
from heeler.agent.integrations import IntegrationError, find, install, installed, remove, site_folder

CHECK = """
from datadog_checks.base import AgentCheck
class Hello(AgentCheck):
    def check(self, instance):
        self.gauge("hello", 1)
"""


def wheel(folder: Path, name: str, version: str, code: str, requires: str = "") -> Path:
    file = folder / f"datadog_{name}-{version}-py3-none-any.whl"
    info = f"datadog_{name}-{version}.dist-info"
    needs = f"Requires-Dist: {requires}\n" if requires else ""
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(
            "datadog_checks/__init__.py", "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n"
        )
        archive.writestr(f"datadog_checks/{name}/__init__.py", f'__version__ = "{version}"\n{code}')
        archive.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: datadog-{name}\nVersion: {version}\n{needs}"
        )
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return file


@pytest.fixture
def config(tmp_path: Path) -> Config:
    folder = tmp_path / "agent"
    (folder / "conf.d").mkdir(parents=True)
    (folder / "datadog.yaml").write_text("api_key: k\nhostname: box\n")
    return Config(folder, {})


def test_a_wheel_is_installed_run_and_removed(config: Config, tmp_path: Path) -> None:
    found = install(config, str(wheel(tmp_path, "hello", "1.2.3", CHECK, "psutil==0.0.1; extra == 'deps'")))
    assert (found.name, found.version, found.problem) == ("hello", "1.2.3", "")
    (config.confd / "hello.yaml").write_text("instances: [{}]\n")
    command = [sys.executable, "-m", "heeler", "agent", "-c", str(config.directory), "check", "hello"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "hello (1.2.3)" in done.stdout, done.stdout + done.stderr
    newer = install(config, str(wheel(tmp_path, "hello", "2.0.0", CHECK)))
    assert newer.version == "2.0.0"
    assert [one.version for one in installed(config)] == ["2.0.0"]
    assert remove(config, "hello").name == "hello"
    assert installed(config) == []
    assert not (site_folder(config) / "datadog_checks" / "hello").exists()
    with pytest.raises(IntegrationError, match="installed: none"):
        find(config, "hello")


def test_a_broken_one_is_named_and_can_be_removed(config: Config, tmp_path: Path) -> None:
    install(config, str(wheel(tmp_path, "good", "1.0.0", CHECK)))
    found = install(config, str(wheel(tmp_path, "bad", "1.0.0", "import no_such_library\n")))
    assert "no_such_library" in found.problem
    assert {one.name: bool(one.problem) for one in installed(config, verify=True)} == {
        "bad": True,
        "good": False,
    }
    remove(config, "bad")
    assert [one.name for one in installed(config)] == ["good"]


def test_names_become_packages_and_nonsense_is_refused(config: Config) -> None:
    asked: list[list[str]] = []

    def run(arguments: object) -> None:
        asked.append(list(arguments))  # type: ignore[call-overload]

    with pytest.raises(IntegrationError, match="no integration"):
        install(config, "my_check==1.0", index="http://index", run=run)
    assert asked[0][-3:] == ["--index-url", "http://index", "datadog-my-check==1.0"]
    with pytest.raises(IntegrationError, match="neither a file nor a name"):
        install(config, "--upgrade", run=run)
