"""The injected modules in plain Python over a ``Bridge``. Functions and arguments are those of rtloader."""

from __future__ import annotations

import logging
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any

from heeler.agent.aggregation.check_sampler import MetricType, make_context
from heeler.agent.integrations import add_to_path
from heeler.agent.log_setup import LEVELS
from heeler.agent.runtime.agent5_imports import install_legacy
from heeler.agent.runtime.check_bridge import Bridge
from heeler.agent.runtime.obfuscate import obfuscate_mongodb_string, obfuscate_sql, obfuscate_sql_exec_plan
from heeler.agent.runtime.subprocesses import SubprocessOutputEmptyError, get_subprocess_output

AGENT_VERSION = "7.75.0"
"""Agent version reported to checks."""
_log = logging.getLogger("heeler.agent.checks")


def install(bridge: Bridge) -> None:
    """Register the modules for ``import aggregator`` and others, and add installed integrations to the
    path.
    """
    add_to_path(bridge.config)
    for module in (_aggregator(bridge), _datadog_agent(bridge), _tagger(), *_small()):
        sys.modules[module.__name__] = module
    install_legacy()
    _keep_logging_here()


def _keep_logging_here() -> None:
    """Remove the base package's handler from the root logger.

    It forwards records to ``datadog_agent.log``; records of this process would loop forever.
    """
    from datadog_checks.base import AgentCheck  # noqa: F401 - the handler is added when this is first imported
    from datadog_checks.base.log import AgentLogHandler

    root = logging.getLogger()
    for handler in [one for one in root.handlers if isinstance(one, AgentLogHandler)]:
        root.removeHandler(handler)


def _module(name: str, **members: Any) -> ModuleType:
    module = ModuleType(name, f"``{name}`` as the Agent provides it.")
    module.__dict__.update(members)
    return module


def _tags(tags: Any) -> list[str]:
    if tags is None:
        return []
    if isinstance(tags, (str, bytes)) or not isinstance(tags, Sequence):
        raise TypeError("tags must be a sequence")
    return [tag for tag in tags if isinstance(tag, str)]


def _aggregator(bridge: Bridge) -> ModuleType:
    def submit_metric(
        check: object,
        check_id: str,
        mtype: int,
        name: str,
        value: float,
        tags: Sequence[str],
        hostname: str,
        flush_first_value: bool = False,
    ) -> None:
        number = float(value)
        if not math.isfinite(number):
            _log.debug("%s: %s is %r and was left out", check_id, name, number)
            return
        inbox = bridge.inbox(check_id)
        context = make_context(name, (*_tags(tags), *inbox.tags), hostname or inbox.default_host)
        inbox.sampler.add(MetricType(mtype), context, number, flush_first_value=flush_first_value)

    def submit_service_check(
        check: object, check_id: str, name: str, status: int, tags: Sequence[str], hostname: str, message: str
    ) -> None:
        bridge.add_service_check(check_id, name, int(status), _tags(tags), hostname or "", message or "")

    def submit_event(check: object, check_id: str, event: Mapping[str, Any]) -> None:
        if not isinstance(event, dict):
            raise TypeError("event must be a dict")
        bridge.add_event(check_id, event)

    def submit_histogram_bucket(
        check: object,
        check_id: str,
        name: str,
        value: int,
        lower: float,
        upper: float,
        monotonic: int,
        hostname: str,
        tags: Sequence[str],
        flush_first_value: bool = False,
    ) -> None:
        inbox = bridge.inbox(check_id)
        context = make_context(name, (*_tags(tags), *inbox.tags), hostname or inbox.default_host)
        inbox.sampler.add_bucket(
            context,
            int(value),
            float(lower),
            float(upper),
            monotonic=bool(monotonic),
            flush_first_value=flush_first_value,
        )

    def submit_event_platform_event(check: object, check_id: str, event: str | bytes, kind: str) -> None:
        bridge.add_platform_event(check_id, event.encode() if isinstance(event, str) else event, kind)

    return _module(
        "aggregator",
        **{kind.name: int(kind) for kind in MetricType},
        submit_metric=submit_metric,
        submit_service_check=submit_service_check,
        submit_event=submit_event,
        submit_histogram_bucket=submit_histogram_bucket,
        submit_event_platform_event=submit_event_platform_event,
    )


def _datadog_agent(bridge: Bridge) -> ModuleType:
    members: dict[str, Callable[..., Any]] = {
        "get_version": lambda: AGENT_VERSION,
        "get_hostname": lambda: bridge.hostname,
        "get_clustername": lambda: "",
        "get_host_tags": bridge.host_tags_json,
        "get_config": lambda key: _setting(bridge, key),
        "headers": headers,
        "log": _write_log,
        "send_log": lambda line, check_id: bridge.add_log(check_id, line),
        "set_check_metadata": lambda check_id, name, value: bridge.inbox(check_id).metadata.update(
            {name: value}
        ),
        "set_external_tags": lambda hosts: _external_tags(bridge, hosts),
        "tracemalloc_enabled": lambda: bridge.config.flag("tracemalloc_debug"),
        "read_persistent_cache": bridge.read_cache,
        "write_persistent_cache": bridge.write_cache,
        "obfuscate_sql": obfuscate_sql,
        "obfuscate_sql_exec_plan": obfuscate_sql_exec_plan,
        "obfuscate_mongodb_string": obfuscate_mongodb_string,
        "get_process_start_time": lambda: bridge.started,
        "emit_agent_telemetry": lambda check, metric, value, kind: _log.debug(
            "telemetry of %s: %s=%s (%s)", check, metric, value, kind
        ),
    }
    return _module("datadog_agent", **members)


def headers(agentConfig: object = None, http_host: str = "", **_: object) -> dict[str, str]:
    """HTTP headers for the requests of checks."""
    sent = {
        "User-Agent": f"Datadog Agent/{AGENT_VERSION}",
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "text/html, */*",
    }
    return {**sent, "Host": http_host} if http_host else sent


_CHECK_SETTINGS: dict[str, Any] = {
    "enable_metadata_collection": True,
    "integration_trusted_providers": ["file", "remote-config"],
}


def _setting(bridge: Bridge, key: str) -> Any:
    if key == "proxy":
        proxy = bridge.config.get("proxy") or {}
        return proxy if any(proxy.values()) else None
    if key == "run_path":
        return str(bridge.config.run_path)
    value = bridge.config.get(key)
    return _CHECK_SETTINGS.get(key) if value is None else value


def _write_log(message: str, level: int) -> None:
    _log.log(level if level in LEVELS.values() else logging.INFO, "%s", message)


def _external_tags(bridge: Bridge, hosts: Any) -> None:
    if not isinstance(hosts, list):
        raise TypeError("set_external_tags takes a list of (hostname, {source: [tags]})")
    for entry in hosts:
        host, sources = entry
        if not isinstance(host, str) or not isinstance(sources, dict):
            raise TypeError("set_external_tags takes a list of (hostname, {source: [tags]})")
        bridge.external_tags[host] = {str(source): _tags(tags) for source, tags in sources.items()}


def _tagger() -> ModuleType:
    return _module(
        "tagger", LOW=0, ORCHESTRATOR=1, HIGH=2, tag=lambda entity, card: [], get_tags=lambda entity, high: []
    )


def _small() -> tuple[ModuleType, ...]:
    return (
        _module(
            "_util",
            SubprocessOutputEmptyError=SubprocessOutputEmptyError,
            get_subprocess_output=get_subprocess_output,
            subprocess_output=get_subprocess_output,
        ),
        _module("util", headers=headers),
        _module("kubeutil", get_connection_info=dict),
        _module("containers", is_excluded=lambda name, image, namespace="": False),
    )
