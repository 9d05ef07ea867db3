"""Settings that somebody set and that do nothing are named."""

from __future__ import annotations

from pathlib import Path

from heeler.agent.config import load_config
from heeler.agent.defaults import DEFAULTS
from heeler.agent.unused_settings import NO_EFFECT, notices, reason_without_effect


def sentences(tmp_path: Path, text: str, **environment: str) -> list[str]:
    (tmp_path / "datadog.yaml").write_text(text)
    found = notices(load_config(tmp_path, env=environment), environment)
    return [notice.sentence for notice in found]


def test_each_setting_without_effect_is_named_and_a_misspelt_one_with_the_nearest(tmp_path: Path) -> None:
    text = (
        "api_key: k\ndogstatsd_port: 1\ndogstatd_port: 2\nnetwork_devices: {namespace: x}\n"
        "logs_config: {use_port_443: true, batch_wait: 1}\njmx_use_cgroup_memory_limit: true\nzzz: 1\n"
        "process_config: {expvar_port: 1}\n"
    )
    assert sentences(tmp_path, text, DD_EXPVAR_PORT="1", DD_SERVICE="x") == [
        "dogstatd_port (file) is no setting of the agent; did you mean dogstatsd_port?",
        "jmx_use_cgroup_memory_limit (file) is not used by Heeler: "
        "checks of JMX need Java and are not supported",
        "logs_config.use_port_443 (file) is not used by Heeler: logs are always sent by HTTP",
        "network_devices (file) is not used by Heeler: network devices are not collected",
        f"process_config.expvar_port (file) is not used by Heeler: {NO_EFFECT['process_config.']}",
        "zzz (file) is no setting of the agent",
        "expvar_port (DD_EXPVAR_PORT) is not used by Heeler: "
        "`heeler agent status` reads files; no port is opened",
    ]


def test_no_setting_is_both_honored_and_not_used() -> None:
    assert not set(DEFAULTS) & set(NO_EFFECT)
    assert [key for key in DEFAULTS if reason_without_effect(key)] == []


def test_each_honored_setting_is_read_by_some_module() -> None:
    """A setting that is taken and ignored misleads."""
    folder = Path(__file__).parents[3] / "src" / "heeler" / "agent"
    listed = ("defaults.py", "unused_settings.py")
    code = "".join(file.read_text() for file in folder.rglob("*.py") if file.name not in listed)
    built = (
        "proxy.http",
        "proxy.https",
        "metric_filterlist_match_prefix",
        "statsd_metric_blocklist_match_prefix",
    )
    unread = [
        key
        for key in DEFAULTS
        if f'"{key}"' not in code and key not in built and not key.startswith("otlp_config.")
    ]
    assert unread == []
    assert 'text(f"proxy.{' in code
    assert '}_match_prefix")' in code
