from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AgentPayload(_message.Message):
    __slots__ = ("host_name", "env", "tracer_payloads", "tags", "agent_version", "target_tps", "error_tps", "rare_sampler_enabled")
    class TagsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    HOST_NAME_FIELD_NUMBER: _ClassVar[int]
    ENV_FIELD_NUMBER: _ClassVar[int]
    TRACER_PAYLOADS_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    AGENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    TARGET_TPS_FIELD_NUMBER: _ClassVar[int]
    ERROR_TPS_FIELD_NUMBER: _ClassVar[int]
    RARE_SAMPLER_ENABLED_FIELD_NUMBER: _ClassVar[int]
    host_name: str
    env: str
    tracer_payloads: _containers.RepeatedCompositeFieldContainer[TracerPayload]
    tags: _containers.ScalarMap[str, str]
    agent_version: str
    target_tps: float
    error_tps: float
    rare_sampler_enabled: bool
    def __init__(self, host_name: _Optional[str] = ..., env: _Optional[str] = ..., tracer_payloads: _Optional[_Iterable[_Union[TracerPayload, _Mapping]]] = ..., tags: _Optional[_Mapping[str, str]] = ..., agent_version: _Optional[str] = ..., target_tps: _Optional[float] = ..., error_tps: _Optional[float] = ..., rare_sampler_enabled: _Optional[bool] = ...) -> None: ...

class TracerPayload(_message.Message):
    __slots__ = ("container_id", "language_name", "language_version", "tracer_version", "runtime_id", "chunks", "tags", "env", "hostname", "app_version")
    class TagsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    CONTAINER_ID_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_NAME_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_VERSION_FIELD_NUMBER: _ClassVar[int]
    TRACER_VERSION_FIELD_NUMBER: _ClassVar[int]
    RUNTIME_ID_FIELD_NUMBER: _ClassVar[int]
    CHUNKS_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    ENV_FIELD_NUMBER: _ClassVar[int]
    HOSTNAME_FIELD_NUMBER: _ClassVar[int]
    APP_VERSION_FIELD_NUMBER: _ClassVar[int]
    container_id: str
    language_name: str
    language_version: str
    tracer_version: str
    runtime_id: str
    chunks: _containers.RepeatedCompositeFieldContainer[TraceChunk]
    tags: _containers.ScalarMap[str, str]
    env: str
    hostname: str
    app_version: str
    def __init__(self, container_id: _Optional[str] = ..., language_name: _Optional[str] = ..., language_version: _Optional[str] = ..., tracer_version: _Optional[str] = ..., runtime_id: _Optional[str] = ..., chunks: _Optional[_Iterable[_Union[TraceChunk, _Mapping]]] = ..., tags: _Optional[_Mapping[str, str]] = ..., env: _Optional[str] = ..., hostname: _Optional[str] = ..., app_version: _Optional[str] = ...) -> None: ...

class TraceChunk(_message.Message):
    __slots__ = ("priority", "origin", "spans", "tags", "dropped_trace")
    class TagsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    SPANS_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    DROPPED_TRACE_FIELD_NUMBER: _ClassVar[int]
    priority: int
    origin: str
    spans: _containers.RepeatedCompositeFieldContainer[Span]
    tags: _containers.ScalarMap[str, str]
    dropped_trace: bool
    def __init__(self, priority: _Optional[int] = ..., origin: _Optional[str] = ..., spans: _Optional[_Iterable[_Union[Span, _Mapping]]] = ..., tags: _Optional[_Mapping[str, str]] = ..., dropped_trace: _Optional[bool] = ...) -> None: ...

class Span(_message.Message):
    __slots__ = ("service", "name", "resource", "trace_id", "span_id", "parent_id", "start", "duration", "error", "meta", "metrics", "type", "meta_struct", "links", "events")
    class MetaEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    class MetricsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    class MetaStructEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: bytes
        def __init__(self, key: _Optional[str] = ..., value: _Optional[bytes] = ...) -> None: ...
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    TRACE_ID_FIELD_NUMBER: _ClassVar[int]
    SPAN_ID_FIELD_NUMBER: _ClassVar[int]
    PARENT_ID_FIELD_NUMBER: _ClassVar[int]
    START_FIELD_NUMBER: _ClassVar[int]
    DURATION_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    META_FIELD_NUMBER: _ClassVar[int]
    METRICS_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    META_STRUCT_FIELD_NUMBER: _ClassVar[int]
    LINKS_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    service: str
    name: str
    resource: str
    trace_id: int
    span_id: int
    parent_id: int
    start: int
    duration: int
    error: int
    meta: _containers.ScalarMap[str, str]
    metrics: _containers.ScalarMap[str, float]
    type: str
    meta_struct: _containers.ScalarMap[str, bytes]
    links: _containers.RepeatedCompositeFieldContainer[SpanLink]
    events: _containers.RepeatedCompositeFieldContainer[SpanEvent]
    def __init__(self, service: _Optional[str] = ..., name: _Optional[str] = ..., resource: _Optional[str] = ..., trace_id: _Optional[int] = ..., span_id: _Optional[int] = ..., parent_id: _Optional[int] = ..., start: _Optional[int] = ..., duration: _Optional[int] = ..., error: _Optional[int] = ..., meta: _Optional[_Mapping[str, str]] = ..., metrics: _Optional[_Mapping[str, float]] = ..., type: _Optional[str] = ..., meta_struct: _Optional[_Mapping[str, bytes]] = ..., links: _Optional[_Iterable[_Union[SpanLink, _Mapping]]] = ..., events: _Optional[_Iterable[_Union[SpanEvent, _Mapping]]] = ...) -> None: ...

class SpanLink(_message.Message):
    __slots__ = ("trace_id", "trace_id_high", "span_id", "attributes", "tracestate", "flags")
    class AttributesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    TRACE_ID_FIELD_NUMBER: _ClassVar[int]
    TRACE_ID_HIGH_FIELD_NUMBER: _ClassVar[int]
    SPAN_ID_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
    TRACESTATE_FIELD_NUMBER: _ClassVar[int]
    FLAGS_FIELD_NUMBER: _ClassVar[int]
    trace_id: int
    trace_id_high: int
    span_id: int
    attributes: _containers.ScalarMap[str, str]
    tracestate: str
    flags: int
    def __init__(self, trace_id: _Optional[int] = ..., trace_id_high: _Optional[int] = ..., span_id: _Optional[int] = ..., attributes: _Optional[_Mapping[str, str]] = ..., tracestate: _Optional[str] = ..., flags: _Optional[int] = ...) -> None: ...

class SpanEvent(_message.Message):
    __slots__ = ("time_unix_nano", "name", "attributes")
    class AttributesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: AnyValue
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[AnyValue, _Mapping]] = ...) -> None: ...
    TIME_UNIX_NANO_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
    time_unix_nano: int
    name: str
    attributes: _containers.MessageMap[str, AnyValue]
    def __init__(self, time_unix_nano: _Optional[int] = ..., name: _Optional[str] = ..., attributes: _Optional[_Mapping[str, AnyValue]] = ...) -> None: ...

class AnyValue(_message.Message):
    __slots__ = ("type", "string_value", "bool_value", "int_value", "double_value", "array_value")
    class Type(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STRING: _ClassVar[AnyValue.Type]
        BOOL: _ClassVar[AnyValue.Type]
        INT: _ClassVar[AnyValue.Type]
        DOUBLE: _ClassVar[AnyValue.Type]
        ARRAY: _ClassVar[AnyValue.Type]
    STRING: AnyValue.Type
    BOOL: AnyValue.Type
    INT: AnyValue.Type
    DOUBLE: AnyValue.Type
    ARRAY: AnyValue.Type
    TYPE_FIELD_NUMBER: _ClassVar[int]
    STRING_VALUE_FIELD_NUMBER: _ClassVar[int]
    BOOL_VALUE_FIELD_NUMBER: _ClassVar[int]
    INT_VALUE_FIELD_NUMBER: _ClassVar[int]
    DOUBLE_VALUE_FIELD_NUMBER: _ClassVar[int]
    ARRAY_VALUE_FIELD_NUMBER: _ClassVar[int]
    type: AnyValue.Type
    string_value: str
    bool_value: bool
    int_value: int
    double_value: float
    array_value: ArrayValue
    def __init__(self, type: _Optional[_Union[AnyValue.Type, str]] = ..., string_value: _Optional[str] = ..., bool_value: _Optional[bool] = ..., int_value: _Optional[int] = ..., double_value: _Optional[float] = ..., array_value: _Optional[_Union[ArrayValue, _Mapping]] = ...) -> None: ...

class ArrayValue(_message.Message):
    __slots__ = ("values",)
    VALUES_FIELD_NUMBER: _ClassVar[int]
    values: _containers.RepeatedCompositeFieldContainer[AnyValue]
    def __init__(self, values: _Optional[_Iterable[_Union[AnyValue, _Mapping]]] = ...) -> None: ...

class DDSketch(_message.Message):
    __slots__ = ("mapping", "positive_values", "negative_values", "zero_count")
    MAPPING_FIELD_NUMBER: _ClassVar[int]
    POSITIVE_VALUES_FIELD_NUMBER: _ClassVar[int]
    NEGATIVE_VALUES_FIELD_NUMBER: _ClassVar[int]
    ZERO_COUNT_FIELD_NUMBER: _ClassVar[int]
    mapping: IndexMapping
    positive_values: Store
    negative_values: Store
    zero_count: float
    def __init__(self, mapping: _Optional[_Union[IndexMapping, _Mapping]] = ..., positive_values: _Optional[_Union[Store, _Mapping]] = ..., negative_values: _Optional[_Union[Store, _Mapping]] = ..., zero_count: _Optional[float] = ...) -> None: ...

class IndexMapping(_message.Message):
    __slots__ = ("gamma", "index_offset", "interpolation")
    GAMMA_FIELD_NUMBER: _ClassVar[int]
    INDEX_OFFSET_FIELD_NUMBER: _ClassVar[int]
    INTERPOLATION_FIELD_NUMBER: _ClassVar[int]
    gamma: float
    index_offset: float
    interpolation: int
    def __init__(self, gamma: _Optional[float] = ..., index_offset: _Optional[float] = ..., interpolation: _Optional[int] = ...) -> None: ...

class Store(_message.Message):
    __slots__ = ("bin_counts", "contiguous_bin_counts", "contiguous_bin_index_offset")
    class BinCountsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: int
        value: float
        def __init__(self, key: _Optional[int] = ..., value: _Optional[float] = ...) -> None: ...
    BIN_COUNTS_FIELD_NUMBER: _ClassVar[int]
    CONTIGUOUS_BIN_COUNTS_FIELD_NUMBER: _ClassVar[int]
    CONTIGUOUS_BIN_INDEX_OFFSET_FIELD_NUMBER: _ClassVar[int]
    bin_counts: _containers.ScalarMap[int, float]
    contiguous_bin_counts: _containers.RepeatedScalarFieldContainer[float]
    contiguous_bin_index_offset: int
    def __init__(self, bin_counts: _Optional[_Mapping[int, float]] = ..., contiguous_bin_counts: _Optional[_Iterable[float]] = ..., contiguous_bin_index_offset: _Optional[int] = ...) -> None: ...
