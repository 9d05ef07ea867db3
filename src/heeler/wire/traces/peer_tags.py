"""Peer tags: attributes of client, producer and consumer spans that say what was called.

Source: https://docs.datadoghq.com/tracing/services/inferred_services/
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from ipaddress import IPv6Address

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
    """Those of ``names`` that a span has, as ``db.name:orders``, without addresses."""
    return tuple(
        f"{name}:{meta[name] if name == BASE_SERVICE else without_addresses(meta[name])}"
        for name in names
        if meta.get(name)
    )


def tags_without_addresses(tags: Iterable[str]) -> tuple[str, ...]:
    """Tags that a tracer counted, without addresses."""
    found = []
    for tag in tags:
        name, colon, value = tag.partition(":")
        found.append(tag if name == BASE_SERVICE else f"{name}{colon}{without_addresses(value)}")
    return tuple(found)


BLOCKED = "blocked-ip-address"
#: Addresses that are the same everywhere: of the host itself, and of the metadata of clouds.
_KEPT = frozenset({"127.0.0.1", "::1", "169.254.169.254", "169.254.170.2", "fd00:ec2::254"})
_MAYBE = re.compile(r"[0-9:]")
_PREFIX = re.compile(r"ip-|(?:dnspoll|ftp|file|https?):/{2,3}|")
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_V4 = re.compile(rf"{_OCTET}([._-]){_OCTET}\1{_OCTET}\1{_OCTET}(?![0-9])")
_V6 = re.compile(r"\[([^\]]*)\]((?::[0-9]*)?)|([0-9A-Fa-f:][^\[\]]*)()")


def without_addresses(value: str) -> str:
    """A list of hosts, separated by commas, with ``blocked-ip-address`` for each IP address: hosts come and
    go, and each address would be a series of every metric of a call. Names and ports stay.
    """
    if _MAYBE.search(value) is None:
        return value
    return ",".join(dict.fromkeys(_without_address(one) for one in value.split(",")))


def _without_address(host: str) -> str:
    begin = _PREFIX.match(host).end()  # type: ignore[union-attr]  # it matches the empty text
    if found := _V4.match(host, begin):
        return host if found[0] in _KEPT else f"{host[:begin]}{BLOCKED}{host[found.end() :]}"
    if found := _V6.fullmatch(host, begin):
        address, port = found[1] or found[3] or "", found[2] or ""
        if address not in _KEPT and _is_v6(address):
            return f"{host[:begin]}{BLOCKED}{port}"
    return host


def _is_v6(text: str) -> bool:
    try:
        IPv6Address(text)
    except ValueError:
        return False
    return True


def with_attributes(tags: Sequence[str]) -> list[str]:
    """Counted tags, and the attributes of the peer that they name."""
    return list(dict.fromkeys((*tags, *peer_attributes(tags))))
