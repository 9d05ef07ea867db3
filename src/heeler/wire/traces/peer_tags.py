"""Peer tags: attributes of client, producer and consumer spans that say what was called.

Source: https://docs.datadoghq.com/tracing/services/inferred_services/
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

BASE_SERVICE = "_dd.base_service"
PEER_ATTRIBUTES: Mapping[str, Sequence[str]] = {
    "peer.service": ("peer.service",),
    "peer.hostname": (
        "peer.hostname", "hostname", "net.peer.name", "db.hostname", "network.destination.name", "grpc.host",
        "http.host", "server.address", "http.server_name", "out.host", "dns.hostname",
        "network.destination.ip",
    ),
    "peer.db.name": ("db.name", "mongodb.db", "db.instance", "cassandra.keyspace", "db.namespace"),
    "peer.db.system": ("db.system", "active_record.db.vendor", "db.type", "sequel.db.vendor"),
    "peer.cassandra.contact.points": ("db.cassandra.contact.points",),
    "peer.couchbase.seed.nodes": ("db.couchbase.seed.nodes",),
    "peer.messaging.destination": (
        "topicname", "messaging.destination", "messaging.destination.name", "messaging.rabbitmq.exchange",
        "amqp.destination", "amqp.queue", "amqp.exchange", "msmq.queue.path", "aws.queue.name",
    ),
    "peer.messaging.system": ("messaging.system",),
    "peer.kafka.bootstrap.servers": ("messaging.kafka.bootstrap.servers",),
    "peer.rpc.service": ("rpc.service",),
    "peer.rpc.system": ("rpc.system",),
    "peer.aws.dynamodb.table": ("tablename",),
    "peer.aws.kinesis.stream": ("streamname",),
    "peer.aws.s3.bucket": ("bucketname", "aws.s3.bucket"),
    "peer.aws.sqs.queue": ("queuename",),
}  # fmt: skip
"""Each attribute of a peer, with the attributes of spans that say it, the first that is there."""

PEER_TAGS = (BASE_SERVICE, *sorted({name for names in PEER_ATTRIBUTES.values() for name in names}))
"""Attributes of spans that are counted apart, and that tracers are told to count apart (``/info``)."""

_RANK = {
    source: (attribute, rank)
    for attribute, sources in PEER_ATTRIBUTES.items()
    for rank, source in enumerate(sources)
}


def peer_attributes(tags: Iterable[str]) -> list[str]:
    """The attributes of the peer that counted tags name, as ``peer.db.name:orders``, in order of name."""
    found: dict[str, tuple[int, str]] = {}
    for tag in tags:
        source, _, value = tag.partition(":")
        if value and source in _RANK:
            attribute, rank = _RANK[source]
            if attribute not in found or rank < found[attribute][0]:
                found[attribute] = (rank, value)
    return [f"{attribute}:{value}" for attribute, (_, value) in sorted(found.items())]


def counted_peer_tags(meta: Mapping[str, str], names: Collection[str]) -> tuple[str, ...]:
    """Those of ``names`` that a span has, as ``db.name:orders``."""
    return tuple(f"{name}:{meta[name]}" for name in names if meta.get(name))


def with_attributes(tags: Sequence[str]) -> list[str]:
    """Counted tags, and the attributes of the peer that they name."""
    return list(dict.fromkeys((*tags, *peer_attributes(tags))))
