"""``mongodb.*``: metrics of a MongoDB server; options are those of Datadog's integration (``hosts``,
``username``, ``options``, ``tls``...)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import pymongo
import pymongo.errors
from datadog_checks.base import AgentCheck, ConfigurationError

from heeler.agent.checks.mongo_metrics import DATABASE, OPTIONAL, SERVER, Kind

_TIMEOUT_MS = 5000
_TLS_OPTIONS = {
    "tls_certificate_key_file": "tlsCertificateKeyFile",
    "tls_ca_file": "tlsCAFile",
    "tls_allow_invalid_certificates": "tlsAllowInvalidCertificates",
    "tls_allow_invalid_hostnames": "tlsAllowInvalidHostnames",
}


class MongoCheck(AgentCheck):
    """Metrics of one server. Names of rates end in ``ps``: ``mongodb.network.bytesinps``."""

    def __init__(self, name: str, init_config: dict[str, Any], instances: list[dict[str, Any]]) -> None:
        super().__init__(name, init_config, instances)
        self._tags = list(self.instance.get("tags") or [])
        self._address, self._options = connection_options(self.instance)
        self._metrics = dict(SERVER)
        groups = self.instance.get("additional_metrics") or []
        for group in [groups] if isinstance(groups, str) else groups:
            self._metrics.update(OPTIONAL.get(group, {}))
        self._client: pymongo.MongoClient[dict[str, Any]] | None = None

    def check(self, _: dict[str, Any]) -> None:
        host, port = _host_and_port(self._address)
        place = [*self._tags, f"host:{host}", f"port:{port}", "db:admin"]
        try:
            status = self._connect().admin.command("serverStatus")
        except pymongo.errors.PyMongoError as error:
            self._forget()
            self.service_check("mongodb.can_connect", self.CRITICAL, tags=place, message=str(error)[:500])
            raise ConnectionError(_explain(error, self._address)) from error
        self.service_check("mongodb.can_connect", self.OK, tags=place)
        if status.get("version"):
            self.set_metadata("version", status["version"])
        tags = [*self._tags, f"server:mongodb://{host}:{port}"]
        self._submit(status, self._metrics, "mongodb", tags)
        self._databases(tags)
        self._replica_set(tags)

    def cancel(self) -> None:
        self._forget()

    def _connect(self) -> pymongo.MongoClient[dict[str, Any]]:
        if self._client is None:
            self._client = pymongo.MongoClient(**self._options)
        return self._client

    def _forget(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _submit(
        self, document: Mapping[str, Any], metrics: Mapping[str, Kind], prefix: str, tags: list[str]
    ) -> None:
        for path, kind in metrics.items():
            value = value_at(document, path)
            if value is None:
                continue
            name = f"{prefix}.{metric_name(path)}"
            if kind is Kind.RATE:
                self.rate(f"{name}ps", value, tags=tags)
            else:
                self.gauge(name, value, tags=tags)

    def _databases(self, tags: list[str]) -> None:
        client = self._connect()
        try:
            names = client.list_database_names()
        except pymongo.errors.PyMongoError as error:
            self.warning("The databases cannot be listed: %s; grant the user clusterMonitor", error)
            return
        self.gauge("mongodb.dbs", len(names), tags=tags)
        for name in self.instance.get("dbnames") or names:
            try:
                stats = client[name].command("dbStats")
            except pymongo.errors.PyMongoError as error:
                self.log.debug("dbStats of %s: %s", name, error)
                continue
            self._submit(stats, DATABASE, "mongodb.stats", [*tags, f"db:{name}", f"cluster:db:{name}"])

    def _replica_set(self, tags: list[str]) -> None:
        """State and lag of this member; nothing if the server is not in a replica set."""
        with contextlib.suppress(pymongo.errors.PyMongoError):
            status = self._connect().admin.command("replSetGetStatus")
            tags = [*tags, f"replset_name:{status.get('set', '')}"]
            if "myState" in status:
                self.gauge("mongodb.replset.state", status["myState"], tags=tags)
            members = status.get("members", [])
            mine = next((member for member in members if member.get("self")), None)
            primary = next((member for member in members if member.get("state") == 1), None)
            if mine is not None:
                self.gauge("mongodb.replset.health", mine.get("health", 0), tags=tags)
            written = [member.get("optimeDate") for member in (primary, mine) if member is not None]
            # Arbiters and members that start have no time.
            if len(written) == 2 and all(isinstance(one, datetime) for one in written):
                lag = (written[0] - written[1]).total_seconds()
                self.gauge("mongodb.replset.replicationlag", max(lag, 0.0), tags=tags)


def connection_options(instance: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """``host:port`` for messages, and the arguments of the client. Raises ConfigurationError."""
    common: dict[str, Any] = {
        "serverSelectionTimeoutMS": int(instance.get("timeout", _TIMEOUT_MS / 1000) * 1000),
        "connectTimeoutMS": _TIMEOUT_MS,
        "socketTimeoutMS": 2 * _TIMEOUT_MS,
        "appname": "datadog-agent",
    }
    if instance.get("server"):
        try:
            address = urlsplit(str(instance["server"])).netloc.rpartition("@")[2]
        except ValueError as error:
            raise ConfigurationError(f"server is not an address such as mongodb://a:27017: {error}") from None
        return address.split(",")[0], {**common, "host": str(instance["server"])}
    hosts = instance.get("hosts") or []
    if not hosts:
        raise ConfigurationError(
            "set `hosts: [localhost:27017]` (or `server: mongodb://...`) in the instance"
        )
    hosts = [hosts] if isinstance(hosts, str) else list(hosts)
    options: dict[str, Any] = {**common, "host": hosts, "directConnection": len(hosts) == 1}
    if str(instance.get("connection_scheme", "mongodb")) == "mongodb+srv":
        options.update(host=f"mongodb+srv://{hosts[0]}", directConnection=False)
    if instance.get("username"):
        options["username"] = str(instance["username"])
        options["password"] = str(instance.get("password") or "")
        options["authSource"] = str(instance.get("database") or "admin")
    if instance.get("tls"):
        options["tls"] = True
        options.update({_TLS_OPTIONS[key]: instance[key] for key in _TLS_OPTIONS if key in instance})
    return str(hosts[0]), {**options, **(instance.get("options") or {})}


def value_at(document: Mapping[str, Any], path: str) -> float | None:
    """The number at a dotted path; None if absent."""
    node: Any = document
    for part in path.split("."):
        if not isinstance(node, Mapping) or part not in node:
            return None
        node = node[part]
    if isinstance(node, bool) or not isinstance(node, (int, float)):
        return None
    return float(node)


def metric_name(path: str) -> str:
    """Metric name of a path: lower case, spaces and hyphens as underscores."""
    name = path.lower().replace(" ", "_").replace("-", "_").replace("(", "").replace(")", "")
    return name.replace("_in_the_cache", "_in_cache")


def _host_and_port(address: str) -> tuple[str, str]:
    host, _, port = address.rpartition(":")
    whole = ":" not in host or host.endswith("]")
    return (host, port) if port.isdigit() and host and whole else (address, "27017")


def _explain(error: Exception, address: str) -> str:
    parts: Iterator[str] = (line.strip() for line in str(error).split(","))
    hint = (
        "check username, password and options.authSource"
        if "uthentication" in str(error)
        else "is it running?"
    )
    return f"MongoDB at {address} cannot be queried ({next(parts)}): {hint}"
