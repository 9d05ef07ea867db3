"""OpenTelemetry log records (``/v1/logs``) to logs, with the mapping of Datadog's exporter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from heeler.wire import otlp
from heeler.wire.body_limits import MAX_FIELD, MAX_HOST, MAX_LOGS, MAX_TAGS, check_count
from heeler.wire.json_codec import dump
from heeler.wire.logs.datadog import LogEntry, entry_of
from heeler.wire.logs.reserved import LATEST_NS
from heeler.wire.normalize import tag_set
from heeler.wire.proto import otlp_pb2 as pb
from heeler.wire.traces.otlp import attributes_of
from heeler.wire.traces.otlp_resource import container_tags, host_of

_SEVERITIES = ("trace", "debug", "info", "warn", "error", "fatal")
_ENV = ("deployment.environment.name", "deployment.environment")
_MESSAGES = ("msg", "message", "log")


def decode(body: bytes, now_ns: int, hostname: str = "", *, json: bool) -> list[LogEntry]:
    """Records of a request, in order; ``hostname`` is the default if a resource has no host.

    Raises ``OtlpError`` for a body that is not OTLP, and ``LimitExceeded``.
    """
    request = otlp.decode(pb.LogsRequest, body, json=json)
    found: list[LogEntry] = []
    for group in request.resource_logs:
        resource = attributes_of(group.resource.attributes)
        origin = _Origin(resource, host_of(resource) or hostname)
        for scope in group.scope_logs:
            check_count(len(found) + len(scope.log_records), MAX_LOGS, "logs")
            found += [_entry(origin, scope.scope, record, now_ns) for record in scope.log_records]
    return found


class _Origin:
    """Common fields of the records of a resource."""

    def __init__(self, resource: Mapping[str, Any], host: str) -> None:
        self.host = host[:MAX_HOST]
        self.service = otlp.text(resource.get("service.name"))[:MAX_FIELD]
        renamed = {"hostname": "otel.hostname", "service": "otel.service"}
        self.attributes = {renamed.get(key, key): otlp.text(value) for key, value in resource.items()}
        tags = [f"{key}:{value}" for key, value in container_tags(resource).items()]
        named = {
            "env": next((resource[key] for key in _ENV if resource.get(key)), None),
            "service": resource.get("service.name"),
            "version": resource.get("service.version"),
        }
        self.tags = [*tags, *(f"{key}:{otlp.text(value)}" for key, value in named.items() if value)]


def _entry(origin: _Origin, scope: pb.InstrumentationScope, record: pb.LogRecord, now_ns: int) -> LogEntry:
    own = attributes_of(record.attributes)
    message = next((own.pop(key) for key in list(own) if key.lower() in _MESSAGES), None)
    body = otlp.plain(record.body)
    fields: dict[str, Any] = {**origin.attributes, **_scope(scope), **own, **_severity(record)}
    fields["message"] = _text(message if message is not None else body)
    if message is not None and body not in (None, ""):
        fields["otel.body"] = body
    if not any(key in own for key in ("status", "severity", "level")):
        fields["status"] = record.severity_text or _severity_word(record.severity_number)
    given = own.get("ddtags")
    fields.pop("ddtags", None)
    entry = entry_of(_without_bytes(fields), {"hostname": origin.host, "service": origin.service}, now_ns)
    tags = [*origin.tags, *(str(given).split(",") if given else ())]
    entry.tags = tag_set(tags[:MAX_TAGS])
    entry.source = entry.source or "otlp"
    stamp = record.time_unix_nano or record.observed_time_unix_nano
    if 0 < stamp <= LATEST_NS:
        entry.time, entry.dated = stamp, True
    _identify(entry, record)
    return entry


def _identify(entry: LogEntry, record: pb.LogRecord) -> None:
    """Set trace and span of the record, which take precedence over its attributes."""
    if len(record.trace_id) == 16 and any(record.trace_id[8:]):
        entry.trace_high = int.from_bytes(record.trace_id[:8])
        entry.trace_id = int.from_bytes(record.trace_id[8:])
        if len(record.span_id) == 8:
            entry.span_id = int.from_bytes(record.span_id)


def _scope(scope: pb.InstrumentationScope) -> dict[str, str]:
    found = {key: otlp.text(value) for key, value in attributes_of(scope.attributes).items()}
    named = {"otel.scope.name": scope.name, "otel.scope.version": scope.version}
    return {**found, **{key: value for key, value in named.items() if value}}


def _severity(record: pb.LogRecord) -> dict[str, str]:
    found = {}
    if record.severity_text:
        found["otel.severity_text"] = record.severity_text
    if record.severity_number:
        found["otel.severity_number"] = str(record.severity_number)
    if record.event_name:
        found["otel.event_name"] = record.event_name
    return found


def _severity_word(number: int) -> str:
    """Name of a severity from 1 to 24; "" for none, error for anything above."""
    if number <= 0:
        return ""
    return _SEVERITIES[(number - 1) // 4] if number <= 24 else "error"


def _text(value: Any) -> str:
    if isinstance(value, dict | list):
        return dump(_without_bytes(value))
    return otlp.text(value)


def _without_bytes(value: Any) -> Any:
    """Replace bytes by base64, as JSON has no bytes."""
    if isinstance(value, dict):
        return {key: _without_bytes(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_without_bytes(one) for one in value]
    return otlp.text(value) if isinstance(value, bytes) else value
