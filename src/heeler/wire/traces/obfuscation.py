"""Obfuscation of sensitive values in spans: queries, commands and URLs."""

from __future__ import annotations

import json
import re
from typing import Any

from heeler.wire.traces.spans import Span
from heeler.wire.traces.sql_obfuscation import obfuscate_sql

_SQL_TYPES = frozenset({"sql", "cassandra"})
_SQL_TAGS = ("sql.query", "db.statement", "db.query.text")
_JSON_TAGS = {
    "mongodb": ("mongodb.query",),
    "elasticsearch": ("elasticsearch.body",),
    "opensearch": ("opensearch.body", "elasticsearch.body"),
}
_OBFUSCATED = frozenset({*_SQL_TYPES, "redis", "valkey", "memcached", *_JSON_TAGS})
_USER_INFO = re.compile(r"^([a-zA-Z][a-zA-Z0-9+.-]*://)[^/@?#]*@")
_TWO_WORDS = frozenset({"CLIENT", "CLUSTER", "COMMAND", "CONFIG", "DEBUG", "SCRIPT"})
_MOST_REDIS_COMMANDS = 3
_ALL_ARGUMENTS = frozenset({"AUTH", "MIGRATE", "HELLO"})
_AFTER_KEY = frozenset({"GEOHASH", "GEOPOS", "GEODIST", "LPUSH", "RPUSH", "SREM", "ZREM", "SADD", "ZADD"})
_NTH_ARGUMENT = {
    **dict.fromkeys(
        [
            "APPEND",
            "GETSET",
            "LPUSHX",
            "GEORADIUSBYMEMBER",
            "RPUSHX",
            "SET",
            "SETNX",
            "SISMEMBER",
            "ZRANK",
            "ZREVRANK",
            "ZSCORE",
        ],
        1,
    ),
    **dict.fromkeys(
        ["HSETNX", "LREM", "LSET", "SETBIT", "SETEX", "PSETEX", "SETRANGE", "ZINCRBY", "SMOVE", "RESTORE"], 2
    ),
    "LINSERT": 3,
}
_EVERY_SECOND = {"HSET": 2, "HMSET": 2, "MSET": 1, "MSETNX": 1}


def obfuscate(span: Span) -> None:
    """Obfuscate the resource and tags of ``span`` according to its type."""
    meta = span.meta
    if span.type in _OBFUSCATED:
        _obfuscate_by_type(span, meta)
    url = meta.get("http.url")
    if url is not None and "@" in url:
        meta["http.url"] = _USER_INFO.sub(r"\1", url)


def _obfuscate_by_type(span: Span, meta: dict[str, str]) -> None:
    if span.type in _SQL_TYPES:
        _obfuscate_sql(span)
    elif span.type in ("redis", "valkey"):
        span.resource = quantize_redis(span.resource)
        if "redis.raw_command" in meta:
            meta["redis.raw_command"] = obfuscate_redis(meta["redis.raw_command"])
    elif span.type == "memcached":
        meta.pop("memcached.command", None)
    elif span.type in _JSON_TAGS:
        for name in _JSON_TAGS[span.type]:
            if name in meta:
                meta[name] = obfuscate_json(meta[name])


def _obfuscate_sql(span: Span) -> None:
    original = span.resource
    span.resource = obfuscate_sql(original)
    found = [name for name in _SQL_TAGS if name in span.meta]
    for name in found:
        span.meta[name] = obfuscate_sql(span.meta[name])
    if not found:
        span.meta["sql.query"] = span.resource


def obfuscate_json(text: str) -> str:
    """The document with every value replaced by ``?``; ``?`` alone if it is not JSON."""
    try:
        return json.dumps(_without_values(json.loads(text)), separators=(",", ":"))
    except (ValueError, RecursionError):
        return "?"


def _without_values(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_values(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_without_values(one) for one in value]
    return "?"


def quantize_redis(resource: str) -> str:
    """Commands of a resource without arguments: at most three, then ``...``."""
    commands: list[str] = []
    for line in resource.splitlines():
        words = line.split()
        if not words or words[0].endswith("..."):
            continue
        command = words[0].upper()
        if command in _TWO_WORDS and len(words) > 1 and not words[1].endswith("..."):
            command += f" {words[1].upper()}"
        commands.append(command)
    shown = " ".join(commands[:_MOST_REDIS_COMMANDS])
    return f"{shown} ..." if len(commands) > _MOST_REDIS_COMMANDS else shown


def obfuscate_redis(raw: str) -> str:
    """Commands with value arguments replaced by ``?``."""
    return "\n".join(_redis_line(line.split(" ")) for line in raw.split("\n"))


def _redis_line(words: list[str]) -> str:
    command, arguments = words[0].upper(), words[1:]
    if not arguments:
        return words[0]
    if command in _ALL_ARGUMENTS:
        arguments = ["?"]
    elif command == "ACL" or command in _AFTER_KEY:
        arguments = [*arguments[:1], *(["?"] if arguments[1:] else [])]
    elif command in _NTH_ARGUMENT:
        arguments = [*arguments[: _NTH_ARGUMENT[command]], "?", *arguments[_NTH_ARGUMENT[command] + 1 :]]
    elif command in _EVERY_SECOND:
        first = _EVERY_SECOND[command]
        arguments = ["?" if at >= first and not (at - first) % 2 else one for at, one in enumerate(arguments)]
    elif command == "CONFIG" and arguments[0].upper() == "SET":
        arguments = [*arguments[:2], *(["?"] if arguments[2:] else [])]
    return " ".join([words[0], *arguments])
