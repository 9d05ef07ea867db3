"""ClickHouse's HTTP interface over the embedded engine, in a process of its own: a store for several servers.

    python -m tests.clickhouse.http_interface --path FOLDER --port 8123 --user heeler --password secret

What the interface does is done as `clickhouse.com/docs/interfaces/http` describes it: the statement in the
body or in ``query``, the data of an INSERT behind it or in the body, settings and ``param_NAME`` in the
query string, statement and parameters also as fields of a form, sessions, ``Content-Encoding`` and
``Accept-Encoding`` (gzip, deflate, lz4, zstd), any format of the engine, errors with
``X-ClickHouse-Exception-Code`` and their HTTP status. Results are made whole before they are sent. Of
the protocol's parts that clients can choose, ``compress`` and ``decompress`` (blocks of ClickHouse's own
compression) and external data are refused.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import gzip
import json
import os
import queue
import re
import signal
import socket
import tempfile
import threading
import time
import uuid
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email import policy
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

import chdb
import lz4.frame  # type: ignore[import-untyped]
from backports import zstd

#: What a request says to the interface and not to the engine.
_OF_TRANSPORT = frozenset(
    (
        "query", "database", "user", "password", "session_id", "session_timeout", "session_check", "query_id",
        "quota_key", "wait_end_of_query", "buffer_size", "default_format", "client_protocol_version", "role",
        "enable_http_compression", "http_zlib_compression_level", "send_progress_in_http_headers",
        "http_headers_progress_interval_ms", "cancel_http_readonly_queries_on_client_close",
    )
)  # fmt: skip
_REFUSED = ("compress", "decompress")
_INSERT = re.compile(
    rb"\s*INSERT\s+INTO\s.*?\sFORMAT\s+(\w+)[ \t]*(?:\r?\n|;|\s|$)", re.IGNORECASE | re.DOTALL
)
_IS_INSERT = re.compile(rb"\s*INSERT\s", re.IGNORECASE)
_READS = re.compile(rb"\s*(WITH|SELECT|SHOW|DESCRIBE|DESC|EXPLAIN|EXISTS)\s", re.IGNORECASE)
_FORMAT = re.compile(rb"\sFORMAT\s+(\w+)\s*;?\s*$", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_CODE = re.compile(r"Code: (\d+)")

#: HTTP status of exceptions; 500 for all others.
_STATUS = {
    **dict.fromkeys((60, 81, 46, 47, 63, 218), 404),
    **dict.fromkeys((6, 26, 27, 38, 41, 53, 62, 70, 72, 115, 117, 130, 131, 349, 36, 42, 43), 400),
    **dict.fromkeys((192, 193, 194, 516), 403),
    159: 408,
    164: 500,
    202: 503,
    209: 503,
}


_ON_CLUSTER = re.compile(rb" ON CLUSTER `?(\w+)`?")
_REPLICATED = re.compile(rb"ENGINE = Replicated(\w*MergeTree)\('[^']*', '[^']*'(?:, )?([^)]*)\)")


def on_one_server(statement: bytes) -> bytes:
    """What a cluster of this one server does for ``statement``: run it here, without a Keeper and so without
    replicas. Tokens of inserts are remembered, as replicated tables do by themselves."""
    if not _ON_CLUSTER.search(statement):
        return statement
    statement = _ON_CLUSTER.sub(b"", statement, count=1)
    made = _REPLICATED.sub(rb"ENGINE = \1(\2)", statement)
    if made == statement:
        return statement
    setting = b"non_replicated_deduplication_window = 1000"
    return made + (b", " if b"SETTINGS " in made.rpartition(b"ENGINE = ")[2] else b" SETTINGS ") + setting


class Refused(Exception):
    """An exception of the interface itself, with the engine's number for it."""

    def __init__(self, code: int, message: str, name: str) -> None:
        super().__init__(f"Code: {code}. DB::Exception: {message}. ({name})")


class Answer(NamedTuple):
    body: bytes
    format: str
    summary: Mapping[str, str]


@dataclass
class Handle:
    """A connection to the engine: the state of ``USE`` and ``SET`` is its own."""

    connection: Any
    database: str = "default"
    lock: threading.Lock = field(default_factory=threading.Lock)
    used: float = 0.0
    timeout: float = 60.0

    def statement(self, sql: str | bytes, form: str = "TabSeparated", parameters: Any = None) -> Any:
        try:
            return self.connection.query(sql, form, params=parameters or {})
        except RuntimeError:
            # The engine keeps what the statement wrote before it failed, and puts it before the next answer.
            self.connection.query("SELECT 1", "TabSeparated")
            raise

    def use(self, database: str) -> None:
        if database != self.database:
            self.statement(f"USE `{database.replace('`', '``')}`")
            self.database = database

    @contextlib.contextmanager
    def settings(self, given: Mapping[str, str]) -> Iterator[None]:
        """``given`` for what runs within; settings of a session are as they were afterwards."""
        if not given:
            yield
            return
        for name in given:
            if not _NAME.fullmatch(name):
                raise Refused(
                    115, f"Setting {name} is neither a builtin setting nor a custom one", "UNKNOWN_SETTING"
                )
        names = ", ".join(f"'{name}'" for name in given)
        found = self.statement(
            f"SELECT name, value FROM system.settings WHERE changed AND name IN ({names})",
            "JSONCompactEachRow",
        )
        before = dict(json.loads(line) for line in found.bytes().splitlines())
        try:
            self.statement("SET " + ", ".join(f"{name} = {_text(value)}" for name, value in given.items()))
            yield
        finally:
            back = {name: _text(before[name]) if name in before else "DEFAULT" for name in given}
            for name, value in back.items():
                with contextlib.suppress(RuntimeError):  # a setting that there is not was refused above
                    self.statement(f"SET {name} = {value}")


class Engine:
    """The embedded engine and the handles of it: some that requests share, one for each session."""

    MOST_SESSIONS = 100

    def __init__(self, path: Path, options: Mapping[str, str], handles: int, cluster: bool = False) -> None:
        self.cluster = cluster
        self._address = f"{path}?{urlencode(options)}" if options else str(path)
        self._handles = [self._open() for _ in range(handles)]
        self._idle: queue.LifoQueue[Handle] = queue.LifoQueue()
        for handle in self._handles:
            self._idle.put(handle)
        self._sessions: dict[str, Handle] = {}
        self._lock = threading.Lock()

    def _open(self) -> Handle:
        return Handle(chdb.connect(self._address))

    @contextlib.contextmanager
    def handle(self, parameters: Mapping[str, str]) -> Iterator[Handle]:
        name = parameters.get("session_id")
        if name is None:
            handle = self._idle.get(timeout=600)
            try:
                yield handle
            finally:
                self._idle.put(handle)
            return
        handle = self._session(name, parameters)
        if not handle.lock.acquire(blocking=False):
            raise Refused(373, f"Session {name} is locked by a concurrent client", "SESSION_IS_LOCKED")
        try:
            yield handle
        finally:
            handle.used = time.monotonic()
            handle.lock.release()

    def _session(self, name: str, parameters: Mapping[str, str]) -> Handle:
        now = time.monotonic()
        with self._lock:
            for other, old in list(self._sessions.items()):
                if old.used + old.timeout < now and not old.lock.locked():
                    self._sessions.pop(other).connection.close()
            found = self._sessions.get(name)
            if found is None:
                if parameters.get("session_check") == "1":
                    raise Refused(372, f"Session {name} not found", "SESSION_NOT_FOUND")
                if len(self._sessions) >= self.MOST_SESSIONS:
                    raise Refused(202, "Too many sessions", "TOO_MANY_SIMULTANEOUS_QUERIES")
                found = self._sessions[name] = self._open()
            found.used, found.timeout = now, float(parameters.get("session_timeout", 60))
            return found

    def run(self, statement: bytes, data: bytes, parameters: Mapping[str, str]) -> Answer:
        """``statement`` with what the query string says; ``data`` is that of an INSERT."""
        values = {name[6:]: value for name, value in parameters.items() if name.startswith("param_")}
        settings = {
            name: value
            for name, value in parameters.items()
            if name not in _OF_TRANSPORT and not name.startswith("param_")
        }
        statement = on_one_server(statement) if self.cluster else statement
        with self.handle(parameters) as handle:
            handle.use(parameters.get("database") or handle.database)
            with handle.settings(settings):
                if (found := _INSERT.match(statement)) is not None:
                    return self._insert(
                        handle, statement[: found.end(1)], statement[found.end() :] + data, found[1]
                    )
                return self._answer(handle, statement + data, parameters, values)

    def _insert(self, handle: Handle, statement: bytes, data: bytes, form: bytes) -> Answer:
        head = statement[: -len(form)].rstrip()
        head = head[: -len(b"FORMAT")].rstrip()
        with tempfile.NamedTemporaryFile(suffix=".data") as file:
            file.write(data)
            file.flush()
            result = handle.statement(head + f" FROM INFILE '{file.name}' FORMAT ".encode() + form)
        written = {"written_rows": str(result.rows_read()), "written_bytes": str(result.bytes_read())}
        return Answer(b"", "", written)

    def _answer(
        self, handle: Handle, statement: bytes, parameters: Mapping[str, str], values: Mapping[str, str]
    ) -> Answer:
        named = _FORMAT.search(statement)
        form = named[1].decode() if named else parameters.get("default_format", "TabSeparated")
        result = handle.statement(statement, form, values)
        summary = {"read_rows": str(result.rows_read()), "read_bytes": str(result.bytes_read())}
        reads = _READS.match(statement) is not None
        return Answer(result.bytes() or b"", form if reads else "", summary)

    def close(self) -> None:
        for handle in [*self._handles, *self._sessions.values()]:
            handle.connection.close()


def _text(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _inflate(body: bytes, encoding: str) -> bytes:
    match encoding:
        case "" | "identity":
            return body
        case "gzip":
            return gzip.decompress(body)
        case "deflate":
            return zlib.decompress(body)
        case "lz4":
            return bytes(lz4.frame.decompress(body))
        case "zstd":
            return bytes(zstd.decompress(body))
    raise Refused(89, f"Unknown compression method {encoding}", "UNKNOWN_COMPRESSION_METHOD")


def _fields(kind: str, body: bytes) -> dict[str, str]:
    """The fields of a form: drivers send ``query`` and parameters so that are too long for an address."""
    form = BytesParser(policy=policy.HTTP).parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
    found: dict[str, str] = {}
    for part in form.iter_parts():
        name = str(part.get_param("name", header="Content-Disposition"))
        found[name] = bytes(part.get_payload(decode=True)).decode()
    return found


def _deflate(body: bytes, accepted: str) -> tuple[bytes, str]:
    """``body`` in the first of the encodings that the client takes, and its name."""
    for name in (part.partition(";")[0].strip() for part in accepted.split(",")):
        match name:
            case "gzip":
                return gzip.compress(body, 1), name
            case "deflate":
                return zlib.compress(body, 1), name
            case "lz4":
                return bytes(lz4.frame.compress(body)), name
            case "zstd":
                return bytes(zstd.compress(body, 1)), name
    return body, ""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], engine: Engine, user: str, password: str) -> None:
        super().__init__(address, Handler)
        self.engine, self.user, self.password = engine, user, password


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are not logged: a test reads the log of its Heeler server."""

    def do_GET(self) -> None:
        if urlsplit(self.path).path in ("/ping", "/replicas_status"):
            self._send(200, b"Ok.\n", {})
        else:
            self._handle(readonly=True)

    def do_POST(self) -> None:
        self._handle(readonly=False)

    def _handle(self, *, readonly: bool) -> None:
        body = self._body()
        parameters = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        number = parameters.get("query_id") or str(uuid.uuid4())
        headers = {"X-ClickHouse-Query-Id": number, "X-ClickHouse-Server-Display-Name": "embedded"}
        try:
            self._authenticate(parameters)
            for name in _REFUSED:
                if parameters.get(name, "0") != "0":
                    raise Refused(1, f"{name} is not supported by this server", "UNSUPPORTED_METHOD")
            data = _inflate(body, self.headers.get("Content-Encoding", ""))
            if self.headers.get_content_type() == "multipart/form-data":
                parameters |= _fields(self.headers["Content-Type"], data)
                data = b""
            statement = parameters.get("query", "").encode()
            if statement:
                statement += b"\n"
            else:
                statement, data = data, b""
            if readonly and not _READS.match(statement):
                raise Refused(164, "Cannot execute query in readonly mode", "READONLY")
            began = time.monotonic_ns()
            answer = self.server.engine.run(statement, data, parameters)
        except Exception as error:
            self._send_error(error, headers)
            return
        summary = {**answer.summary, "elapsed_ns": str(time.monotonic_ns() - began)}
        headers |= {"X-ClickHouse-Summary": json.dumps(summary), "X-ClickHouse-Timezone": "UTC"}
        content = answer.body
        if answer.format:
            headers["X-ClickHouse-Format"] = answer.format
        if parameters.get("enable_http_compression") == "1":
            content, encoding = _deflate(content, self.headers.get("Accept-Encoding", ""))
            headers |= {"Content-Encoding": encoding} if encoding else {}
        self._send(200, content, headers)

    def _authenticate(self, parameters: Mapping[str, str]) -> None:
        user, password = parameters.get("user"), parameters.get("password", "")
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        if scheme == "Basic":
            user, _, password = base64.b64decode(token).decode().partition(":")
        elif "X-ClickHouse-User" in self.headers:
            user, password = self.headers["X-ClickHouse-User"], self.headers.get("X-ClickHouse-Key", "")
        if (user or "default", password) != (self.server.user, self.server.password):
            text = f"{user}: Authentication failed: password is incorrect, or there is no user with such name"
            raise Refused(516, text, "AUTHENTICATION_FAILED")

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = []
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline() not in (b"\r\n", b"\n", b""):
            pass
        return b"".join(parts)

    def _send_error(self, error: Exception, headers: dict[str, str]) -> None:
        text = str(error)
        text = text[max(text.find("Code: "), 0) :].strip()
        found = _CODE.match(text)
        code = int(found[1]) if found else 1001
        headers["X-ClickHouse-Exception-Code"] = str(code)
        self._send(_STATUS.get(code, 500), f"{text}\n".encode(), headers)

    def _send(self, status: int, content: bytes, headers: Mapping[str, str]) -> None:
        """In one piece: a second one would wait for the acknowledgement of the first."""
        lines = [f"HTTP/1.1 {status} {self.responses.get(status, ('',))[0]}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        lines += [f"Content-Length: {len(content)}", "Connection: Keep-Alive", "Keep-Alive: timeout=30"]
        with contextlib.suppress(ConnectionError):
            self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + content)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--path", type=Path, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--user", default="default")
    parser.add_argument("--password", default="")
    parser.add_argument("--config", type=Path, help="a configuration file of the engine")
    parser.add_argument("--handles", type=int, default=8, help="statements that run at a time")
    parser.add_argument("--cluster", action="store_true", help="run what is said ON CLUSTER here")
    given = parser.parse_args()
    given.path.mkdir(parents=True, exist_ok=True)
    options = {"config-file": str(given.config)} if given.config else {}
    engine = Engine(given.path, options, given.handles, given.cluster)
    server = Server((given.host, given.port), engine, given.user, given.password)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    try:
        server.serve_forever(poll_interval=0.1)
    finally:
        server.server_close()
        engine.close()  # an engine that is open when the interpreter ends is a segmentation fault
    os._exit(0)


if __name__ == "__main__":
    main()
