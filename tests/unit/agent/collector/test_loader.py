"""Where a check comes from, and what is said when it comes from elsewhere than one thinks."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from heeler.agent.collector import loader
from heeler.agent.collector.check_configs import CheckInstance
from heeler.agent.collector.loader import LoadError, load_check
from heeler.agent.config import Config
from heeler.agent.runtime import Bridge, install


@pytest.fixture(autouse=True)
def runtime(tmp_path: Path) -> None:
    install(Bridge(Config(tmp_path, {}), "box"))


def entry(name: str, **init_config: object) -> CheckInstance:
    return CheckInstance(name, init_config, {}, "file:x[0]")


def test_a_broken_installed_integration_is_named_where_another_one_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "site" / "datadog_checks" / "uptime"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise SystemExit('half installed')\n")
    import datadog_checks

    monkeypatch.setattr(datadog_checks, "__path__", [*datadog_checks.__path__, str(package.parent)])
    loaded = load_check(entry("uptime"), tmp_path, {})
    (note,) = loaded.notes
    assert "because another one cannot be imported" in note
    assert "half installed" in note
    sys.modules.pop("datadog_checks.uptime", None)


@pytest.mark.parametrize("code", ["import sys; sys.exit(1)", "raise KeyboardInterrupt", "1/0"])
def test_a_module_that_raises_at_import_is_a_loading_error(tmp_path: Path, code: str) -> None:
    (tmp_path / "mine.py").write_text(code)
    with pytest.raises(LoadError, match="from_checksd"):
        load_check(entry("mine"), tmp_path, {})


@pytest.mark.parametrize("one", [entry("kafka"), entry("own", is_jmx=True)])
def test_jmx_checks_say_that_they_are_not_supported(tmp_path: Path, one: CheckInstance) -> None:
    with pytest.raises(LoadError, match="JMX, which needs Java and is not supported"):
        load_check(one, tmp_path, {})


def test_the_public_http_check_is_told_where_certificates_are(monkeypatch: pytest.MonkeyPatch) -> None:
    module = type(sys)("datadog_checks.http_check")
    found = loader._with_certificates(entry("http_check"), module)
    bundle = found.init_config.get("ca_certs")
    assert bundle is None or Path(str(bundle)).exists()
    chosen = entry("http_check", ca_certs="/own.pem")
    assert loader._with_certificates(chosen, module).init_config["ca_certs"] == "/own.pem"
