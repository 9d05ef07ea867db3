"""Names of OpenTelemetry spans: one case a rule of the semantic conventions."""

from __future__ import annotations

from typing import Any

import pytest

from heeler.wire.traces.otlp_names import (
    CLIENT,
    CONSUMER,
    INTERNAL,
    PRODUCER,
    SERVER,
    UNSPECIFIED,
    Attributes,
    database_type,
    operation_of,
    resource_of,
    service_of,
    type_of,
)

GET, POST = {"http.request.method": "GET"}, {"http.request.method": "POST"}
QUERY = {"db.system.name": "postgresql", "db.query.text": "select 1"}
KAFKA = {
    "messaging.system": "kafka",
    "messaging.operation": "publish",
    "messaging.destination.name": "orders",
}
RABBIT = {
    "messaging.system": "rabbitmq",
    "messaging.operation": "process",
    "messaging.destination.name": "q1",
}
POLL = {
    "messaging.system": "kafka",
    "messaging.operation.type": "receive",
    "messaging.operation.name": "poll",
}
GRPC = {"rpc.system": "grpc", "rpc.service": "cart.Cart", "rpc.method": "Add"}
S3 = {"rpc.system": "aws-api", "rpc.service": "S3", "rpc.method": "PutObject"}
GRAPHQL = {"graphql.operation.type": "query", "graphql.operation.name": "GetCart"}
GIVEN = {"operation.name": "Job.Run", "resource.name": "nightly", "span.type": "worker"}
INVOKED = {"faas.invoked_provider": "aws", "faas.invoked_name": "Pay"}
REDIS = {"db.system": "redis", "db.statement": "GET user:5"}
SEARCH = {"http.method": "POST", "db.system": "elasticsearch"}


@pytest.mark.parametrize(
    ("kind", "name", "attributes", "expected"),
    [
        (
            SERVER,
            "GET",
            {**GET, "http.route": "/orders/{id}"},
            ("http.server.request", "GET /orders/{id}", "web"),
        ),
        (SERVER, "POST", {**POST, "url.path": "/login"}, ("http.server.request", "POST", "web")),
        (SERVER, "x", {"http.method": "PUT", "http.route": "/a"}, ("http.server.request", "PUT /a", "web")),
        (
            SERVER,
            "x",
            {"http.method": "_OTHER", "http.route": "/x"},
            ("http.server.request", "HTTP /x", "web"),
        ),
        (CLIENT, "x", {**GET, "url.full": "https://pay.test/7"}, ("http.client.request", "GET", "http")),
        (CLIENT, "x", {**GET, "url.template": "/v1/{id}"}, ("http.client.request", "GET /v1/{id}", "http")),
        (CLIENT, "x", {**GET, "http.route": "/x"}, ("http.client.request", "GET", "http")),
        (INTERNAL, "render", {**GET, "http.route": "/x"}, ("Internal", "GET", "custom")),
        (CLIENT, "x", QUERY, ("postgresql.query", "select 1", "sql")),
        (CLIENT, "connect", {"db.system": "mysql"}, ("mysql.query", "connect", "sql")),
        (CLIENT, "x", REDIS, ("redis.query", "GET user:5", "redis")),
        (CLIENT, "q", {"db.system": "duckdb"}, ("duckdb.query", "q", "db")),
        (
            INTERNAL,
            "x",
            {"db.system": "sqlite", "db.statement": "select 1"},
            ("Internal", "select 1", "custom"),
        ),
        (CLIENT, "x", SEARCH, ("http.client.request", "POST", "elasticsearch")),
        (PRODUCER, "x", KAFKA, ("kafka.publish", "publish orders", "custom")),
        (CONSUMER, "x", RABBIT, ("rabbitmq.process", "process q1", "custom")),
        (CONSUMER, "poll orders", POLL, ("Consumer", "poll orders", "custom")),
        (CLIENT, "x", GRPC, ("grpc.client.request", "Add cart.Cart", "http")),
        (SERVER, "x", GRPC, ("grpc.server.request", "Add cart.Cart", "web")),
        (CLIENT, "x", S3, ("aws.s3.request", "PutObject S3", "http")),
        (CLIENT, "x", {"rpc.system": "aws-api"}, ("aws.client.request", "x", "http")),
        (CLIENT, "x", INVOKED, ("aws.pay.invoke", "x", "http")),
        (SERVER, "fn", {"faas.trigger": "pubsub"}, ("pubsub.invoke", "fn", "web")),
        (SERVER, "x", GRAPHQL, ("graphql.server.request", "query GetCart", "web")),
        (INTERNAL, "x", GRAPHQL, ("graphql.server.request", "query GetCart", "custom")),
        (SERVER, "x", {**GRAPHQL, **POST}, ("http.server.request", "POST", "web")),
        (SERVER, "h", {}, ("server.request", "h", "web")),
        (CLIENT, "h", {"network.protocol.name": "AMQP"}, ("amqp.client.request", "h", "http")),
        (PRODUCER, "h", {}, ("Producer", "h", "custom")),
        (UNSPECIFIED, "h", {}, ("Internal", "h", "custom")),
        (INTERNAL, "x", GIVEN, ("job.run", "nightly", "worker")),
        (INTERNAL, "chat m", {"gen_ai.system": "openai", "span.type": "web"}, ("Internal", "chat m", "llm")),
    ],
)
def test_conventions_name_a_span(
    kind: int, name: str, attributes: dict[str, Any], expected: tuple[str, str, str]
) -> None:
    found = Attributes(attributes, {})
    assert (operation_of(kind, found), resource_of(kind, name, found)) == expected[:2]
    assert type_of(kind, found, list(attributes)) == expected[2]


def test_what_the_span_does_not_have_is_looked_up_on_its_resource() -> None:
    found = Attributes(GET, {"http.route": "/r", "http.request.method": "POST"})
    assert resource_of(SERVER, "x", found) == "GET /r"


def test_a_resource_without_a_name_has_the_name_that_the_agent_gives() -> None:
    assert service_of({}) == "otlpresourcenoservicename"
    assert service_of({"service.name": "shop"}) == "shop"


def test_types_of_databases() -> None:
    assert [database_type(one) for one in ("", "mariadb", "mongodb", "unheard")] == [
        "",
        "sql",
        "mongodb",
        "db",
    ]
