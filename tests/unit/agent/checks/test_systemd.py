"""The systemd check with programs that answer as ``systemctl`` does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from datadog_checks.base import ConfigurationError

from heeler.agent.checks.systemd import SystemdCheck, properties

LISTED = (
    b"nginx.service loaded active running Web\xe2\x80\xa8a b c server \xff\n"
    b"old.service not-found inactive dead old.service\n"
    b"\n"
)


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Knows ``nginx.service`` alone, and refuses names with a space."""
    (tmp_path / "listed").write_bytes(LISTED)
    file = tmp_path / "systemctl"
    file.write_text(
        "#!/bin/sh\n"
        f'case "$1" in list-units) cat {tmp_path}/listed;; is-system-running) echo running;;\n'
        'show) case "$4" in *" "*) echo "neither a valid invocation ID nor unit name" >&2; exit 1;; esac\n'
        'printf "ActiveState=active\\nLoadState=loaded\\nSubState=running\\nNRestarts=2\\n'
        'MemoryCurrent=[not set]\\nTasksCurrent=18446744073709551615\\n";; esac\n'
    )
    file.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")


def checked(**instance: Any) -> tuple[dict[tuple[str, str], float], dict[tuple[str, str], int]]:
    """Values and statuses by name and unit."""
    check = SystemdCheck("systemd", {}, [instance])
    values: dict[tuple[str, str], float] = {}
    statuses: dict[tuple[str, str], int] = {}

    def unit(tags: list[str]) -> str:
        return next((tag.removeprefix("unit:") for tag in tags if tag.startswith("unit:")), "")

    def gauge(name: str, value: float, tags: list[str]) -> None:
        values[name, unit(tags)] = value

    def service_check(name: str, status: int, tags: list[str], message: str = "") -> None:
        statuses[name, unit(tags)] = status

    check.gauge = check.monotonic_count = gauge
    check.service_check = service_check
    check.check({})
    return values, statuses


@pytest.mark.usefixtures("program")
def test_a_name_that_systemd_refuses_does_not_hide_the_other_units() -> None:
    values, statuses = checked(unit_names=["no unit", "nginx.service"])
    assert statuses["unit.state", "no unit"] == 3
    assert statuses["unit.state", "nginx.service"] == 0
    assert values["service.restart_count", "nginx.service"] == 2
    assert ("service.memory_usage", "nginx.service") not in values
    assert ("service.task_count", "nginx.service") not in values


@pytest.mark.usefixtures("program")
def test_descriptions_do_not_count_as_units() -> None:
    """They may have separators of lines other than a line feed, and bytes that are no UTF-8."""
    values, statuses = checked()
    assert statuses["can_connect", ""] == 0
    assert values["units_total", ""] == 2
    assert values["units_loaded_count", ""] == 1


@pytest.mark.usefixtures("program")
@pytest.mark.parametrize(("status", "wanted"), [("critical", 2), ("OK", 0), ("Unknown", 3)])
def test_states_of_a_unit_have_the_status_that_is_configured(status: str, wanted: int) -> None:
    mapping = {"nginx.service": {"running": status}}
    _, statuses = checked(unit_names=["nginx.service"], substate_status_mapping=mapping)
    assert statuses["unit.substate", "nginx.service"] == wanted


@pytest.mark.parametrize(
    "instance",
    [
        {"unit_names": "ssh.service"},
        {"unit_names": {"a": 1}},
        {"substate_status_mapping": {"a": {"running": "fine"}}},
    ],
)
def test_options_of_another_form_are_refused(instance: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        SystemdCheck("systemd", {}, [instance])


@pytest.mark.parametrize("text", ["", "\n", "no sign", "A=1\nB=a=b\nC=\n=x"])
def test_properties(text: str) -> None:
    assert properties(text) == ({} if "A" not in text else {"A": "1", "B": "a=b", "C": "", "": "x"})
