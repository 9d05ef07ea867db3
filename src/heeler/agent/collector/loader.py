"""Check loader: creates check objects from their configurations, by the Agent's rules."""

from __future__ import annotations

import copy
import importlib
import importlib.util
import ssl
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

from heeler.agent.collector.check_configs import CheckInstance

_SKIP = "The integration refused to load the check configuration"
BUILT_IN = "heeler.agent.checks"
JMX_CHECKS = frozenset(
    {
        "activemq", "activemq_58", "cassandra", "confluent_platform", "hazelcast", "hive", "hivemq", "hudi",
        "ignite", "jboss_wildfly", "jmx", "kafka", "presto", "solr", "sonarqube", "tomcat", "weblogic",
    }
)  # fmt: skip
"""Integrations that the Agent collects through JMXFetch."""


class LoadError(RuntimeError):
    """No check could be loaded; the message has a line for each place that was tried."""


class SkipInstance(Exception):
    """The check rejected this configuration without a message."""


class Check(Protocol):
    """The interface of an ``AgentCheck`` that the agent uses."""

    check_id: str
    provider: str

    def run(self) -> str: ...
    def get_warnings(self) -> list[str]: ...
    def cancel(self) -> None: ...


@dataclass(frozen=True)
class Loaded:
    """A check object, its version, and notes on where it was loaded from."""

    check: Check
    version: str
    notes: tuple[str, ...] = ()


def load_check(entry: CheckInstance, checksd: Path, settings: Mapping[str, Any]) -> Loaded:
    """Create the check object for ``entry``. Raises LoadError or SkipInstance.

    ``settings`` is all of ``datadog.yaml``, passed as ``agentConfig`` to checks with the old constructor.
    """
    if is_jmx(entry):
        raise LoadError(
            f"* {entry.name} is collected through JMX, which needs Java and is not supported. Where the "
            "program has a Prometheus endpoint or an exporter, the check openmetrics collects it"
        )
    module, notes = _find_module(entry.name, checksd)
    check = _construct(_find_class(module), _with_certificates(entry, module), settings)
    check.check_id = entry.check_id
    check.provider = "file"
    return Loaded(check, str(getattr(module, "__version__", "unversioned")), notes)


def is_jmx(entry: CheckInstance) -> bool:
    """Whether the Agent would run this instance in its Java process (JMXFetch)."""
    flags = entry.init_config.get("is_jmx"), entry.instance.get("is_jmx")
    return entry.name in JMX_CHECKS or any(value is True for value in flags)


def _with_certificates(entry: CheckInstance, module: ModuleType) -> CheckInstance:
    """Provide the system's CA certificates to the ``http_check`` of integrations-core.

    It looks for them in the Agent's own folder, and cannot be constructed without them.
    """
    if not (entry.name == "http_check" and module.__name__.startswith("datadog_checks.")):
        return entry
    bundle = ssl.get_default_verify_paths().cafile
    if not bundle or entry.init_config.get("ca_certs"):
        return entry
    return replace(entry, init_config={**entry.init_config, "ca_certs": bundle})


def _find_module(name: str, checksd: Path) -> tuple[ModuleType, tuple[str, ...]]:
    """An installed integration, else the user's ``checks.d/NAME.py``, else a built-in check; with notes.

    If a module of an earlier place cannot be imported, a note tells that another one runs instead.
    """
    failures: list[str] = []
    for attempt in (_installed, _from_checksd, _built_in):
        try:
            module = attempt(name, checksd)
        except BaseException as error:  # noqa: BLE001 - a user's module may raise anything at import
            last = traceback.format_exc().strip().splitlines()
            where = next((line.strip() for line in reversed(last) if line.startswith("  File")), "")
            what = f"{type(error).__name__}: {error}"
            failures.append(f"* {attempt.__name__.strip('_')}: {what} {where}".rstrip())
            continue
        if module is not None:
            used = f"{name} runs from {getattr(module, '__file__', '')}"
            broken = f"{used}, because another one cannot be imported: {' '.join(failures)}"
            return module, (broken,) if failures else ()
    if not failures:
        file = checksd / f"{name}.py"
        other = next((one.name for one in sorted(checksd.glob(f"{name}.*")) if one.is_file()), "")
        hint = f"; {other} beside it is no Python file: rename it" if other else ""
        failures.append(f"* no check of this name: neither {file} nor a built-in one{hint}")
    raise LoadError("\n".join(failures))


def _installed(name: str, _: Path) -> ModuleType | None:
    full = f"datadog_checks.{name}"
    if name == "base" or importlib.util.find_spec(full) is None:
        return None
    return importlib.import_module(full)


def _from_checksd(name: str, checksd: Path) -> ModuleType | None:
    spec = PathFinder.find_spec(name, [str(checksd)])
    if spec is None or spec.loader is None:
        return None
    loaded = sys.modules.get(name)
    if loaded is not None and getattr(loaded, "__file__", None) == spec.origin:
        return loaded
    if str(checksd) not in sys.path:
        sys.path.append(str(checksd))
    module = importlib.util.module_from_spec(spec)
    # A check named like a module in use (random, statistics) must not replace it.
    known_as = name if loaded is None else f"checks_d_{name}"
    sys.modules[known_as] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(known_as, None)
        raise
    return module


def _built_in(name: str, _: Path) -> ModuleType | None:
    full = f"{BUILT_IN}.{name}"
    return importlib.import_module(full) if importlib.util.find_spec(full) else None


def _find_class(module: ModuleType) -> type:
    from datadog_checks.base import AgentCheck

    for name in dir(module):
        member = getattr(module, name)
        if (
            isinstance(member, type)
            and issubclass(member, AgentCheck)
            and member is not AgentCheck
            and not member.__subclasses__()
        ):
            return member
    raise LoadError(f"* {module.__name__}: cannot find a subclass of AgentCheck in {module.__file__}")


def _construct(factory: Any, entry: CheckInstance, settings: Mapping[str, Any]) -> Check:
    def arguments() -> dict[str, Any]:
        return {
            "name": entry.name,
            "init_config": copy.deepcopy(dict(entry.init_config)),
            "instances": (copy.deepcopy(dict(entry.instance)),),
        }

    try:
        check: Check = factory(**arguments())
    except BaseException as first:
        if _SKIP in str(first):
            raise SkipInstance(str(first)) from first
        try:
            return factory(**arguments(), agentConfig=dict(settings))  # type: ignore[no-any-return]
        except BaseException as second:  # noqa: BLE001 - both reasons are reported
            raise LoadError(
                f"* could not invoke {entry.name!r} python check constructor: {first}"
                + (f"\n* with agentConfig: {second}" if "agentConfig" not in str(second) else "")
            ) from first
    return check
