"""Service, operation, resource and type of OpenTelemetry spans, by the semantic conventions.

The rules are the Datadog Agent's for OTLP ("V2" naming): the first matching rule decides. Attributes are
looked up on the span, then on its resource; for renamed conventions the older key is the fallback.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

UNSPECIFIED, INTERNAL, SERVER, CLIENT, PRODUCER, CONSUMER = range(6)
KINDS = ("unspecified", "internal", "server", "client", "producer", "consumer")
NO_SERVICE = "otlpresourcenoservicename"

METHOD = ("http.request.method", "http.method")
STATUS = ("http.status_code", "http.response.status_code")
DB_SYSTEM = ("db.system.name", "db.system")
STATEMENT = ("db.statement", "db.query.text")
DESTINATION = ("messaging.destination", "messaging.destination.name")
ENV = ("deployment.environment.name", "deployment.environment")

_SQL = frozenset(
    [
        "adabas",
        "cache",
        "clickhouse",
        "cloudscape",
        "cockroachdb",
        "coldfusion",
        "db2",
        "derby",
        "edb",
        "filemaker",
        "firebird",
        "firstsql",
        "h2",
        "hanadb",
        "hsqldb",
        "informix",
        "ingres",
        "instantdb",
        "interbase",
        "intersystems_cache",
        "mariadb",
        "maxdb",
        "microsoft.sql_server",
        "mssql",
        "mysql",
        "netezza",
        "oracle",
        "oracle.db",
        "other_sql",
        "pervasive",
        "pointbase",
        "postgresql",
        "progress",
        "redshift",
        "sap.hana",
        "sap.maxdb",
        "sqlite",
        "sybase",
        "teradata",
        "trino",
        "vertica",
    ]
)
_DATABASES = frozenset({"redis", "memcached", "mongodb", "cassandra", "elasticsearch", "opensearch"})
_OTHER_METHOD = "_OTHER"


class Attributes:
    """Attributes of a span, then those of its resource; values are those of
    :func:`heeler.wire.otlp.plain`."""

    def __init__(self, span: Mapping[str, Any], resource: Mapping[str, Any]) -> None:
        self.span = span
        self.resource = resource

    def text(self, *keys: str) -> str:
        """Value of the first of ``keys`` that is set, as text; "" if none is."""
        for places in (self.span, self.resource):
            for key in keys:
                value = places.get(key)
                if value not in (None, ""):
                    return str(value)
        return ""

    def tag(self, *keys: str) -> str:
        """Like :meth:`text`, lower case."""
        return self.text(*keys).lower()


def service_of(resource: Mapping[str, Any]) -> str:
    return str(resource.get("service.name") or "") or NO_SERVICE


def operation_of(kind: int, found: Attributes) -> str:
    """Operation name: by HTTP, database, messaging, RPC, function or GraphQL conventions, else by the span's
    kind.
    """
    if given := found.tag("operation.name"):
        return given
    side = {SERVER: "server", CLIENT: "client"}.get(kind, "")
    if side and found.text(*METHOD):
        return f"http.{side}.request"
    if kind == CLIENT and (system := found.tag(*DB_SYSTEM)):
        return f"{system}.query"
    system, operation = found.tag("messaging.system"), found.tag("messaging.operation")
    if system and operation and kind in (CLIENT, SERVER, PRODUCER, CONSUMER):
        return f"{system}.{operation}"
    return _remote_operation(kind, side, found) or _of_kind(kind, side, found)


def _remote_operation(kind: int, side: str, found: Attributes) -> str:
    rpc = found.tag("rpc.system")
    if rpc == "aws-api" and kind == CLIENT:
        service = found.tag("rpc.service")
        return f"aws.{service}.request" if service else "aws.client.request"
    if rpc and side:
        return f"{rpc}.{side}.request"
    provider, name = found.tag("faas.invoked_provider"), found.tag("faas.invoked_name")
    if provider and name and kind == CLIENT:
        return f"{provider}.{name}.invoke"
    if kind == SERVER and (trigger := found.tag("faas.trigger")):
        return f"{trigger}.invoke"
    return "graphql.server.request" if found.text("graphql.operation.type") else ""


def _of_kind(kind: int, side: str, found: Attributes) -> str:
    if side:
        protocol = found.tag("network.protocol.name")
        return f"{protocol}.{side}.request" if protocol else f"{side}.request"
    return {PRODUCER: "Producer", CONSUMER: "Consumer"}.get(kind, "Internal")


def resource_of(kind: int, name: str, found: Attributes) -> str:
    """Resource name. Never a path with ids in it."""
    if given := found.text("resource.name"):
        return given
    if method := found.text(*METHOD):
        method = "HTTP" if method == _OTHER_METHOD else method
        path = {SERVER: "http.route", CLIENT: "url.template"}.get(kind)
        return _joined(method, found.text(path)) if path else method
    if operation := found.text("messaging.operation"):
        return _joined(operation, found.text(*DESTINATION))
    if rpc := found.text("rpc.method"):
        return _joined(rpc, found.text("rpc.service"))
    if graphql := found.text("graphql.operation.type"):
        return _joined(graphql, found.text("graphql.operation.name"))
    if found.text(*DB_SYSTEM) and (statement := found.text(*STATEMENT)):
        return statement
    return name


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def type_of(kind: int, found: Attributes, keys: Sequence[str]) -> str:
    """The span's type; ``keys`` are those of the span itself."""
    if any(key.startswith("gen_ai.") for key in keys):
        return "llm"
    if given := found.text("span.type"):
        return given
    if kind == SERVER:
        return "web"
    if kind != CLIENT:
        return "custom"
    return database_type(found.tag(*DB_SYSTEM)) or "http"


def database_type(system: str) -> str:
    """``sql``, ``redis``, ...; ``db`` for an unknown system; "" for none."""
    if not system:
        return ""
    return "sql" if system in _SQL else system if system in _DATABASES else "db"
