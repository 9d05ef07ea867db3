"""A server that speaks MongoDB's OP_MSG over a real socket, with every field that the check reads.

Its replies are written by hand, with the fields of MongoDB 6.0 as its manual describes them; the counters of
network, connections and commands are its own and real, all other values are made up.
"""

from __future__ import annotations

import socketserver
import struct
import threading
import time
from typing import Any

import bson

_HEADER = struct.Struct("<iiii")
_OP_MSG, _OP_QUERY, _OP_REPLY = 2013, 2004, 1


class MongoServer:
    """``address`` is host:port; with ``refuses`` every command but the handshake fails."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.refuses = refuses
        self.bytes_in = self.bytes_out = self.requests = self.connections = 0
        self._started = time.time()
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                outer.connections += 1
                try:
                    while outer._exchange(self.rfile, self.wfile):
                        pass
                except OSError:
                    pass
                finally:
                    outer.connections -= 1

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _exchange(self, reader: Any, writer: Any) -> bool:
        head = reader.read(16)
        if len(head) < 16:
            return False
        length, request, _, code = _HEADER.unpack(head)
        body = reader.read(length - 16)
        self.bytes_in += length
        self.requests += 1
        if code == _OP_QUERY:
            end = body.index(b"\0", 4)
            answer = self._answer(bson.decode(body[end + 9 :]))
            payload = struct.pack("<iqii", 8, 0, 0, 1) + bson.encode(answer)
            reply = _HEADER.pack(16 + len(payload), 0, request, _OP_REPLY) + payload
        else:
            answer = self._answer(bson.decode(body[5:]))
            payload = struct.pack("<i", 0) + b"\0" + bson.encode(answer)
            reply = _HEADER.pack(16 + len(payload), 0, request, _OP_MSG) + payload
        self.bytes_out += len(reply)
        writer.write(reply)
        return True

    def _answer(self, command: dict[str, Any]) -> dict[str, Any]:
        name = next(iter(command)).lower()
        if name in ("hello", "ismaster"):
            return {
                "ismaster": True,
                "isWritablePrimary": True,
                "maxBsonObjectSize": 16777216,
                "maxMessageSizeBytes": 48000000,
                "maxWriteBatchSize": 100000,
                "minWireVersion": 0,
                "maxWireVersion": 17,
                "readOnly": False,
                "ok": 1.0,
            }
        if self.refuses and name != "endsessions":
            return {
                "ok": 0.0,
                "code": 13,
                "codeName": "Unauthorized",
                "errmsg": "command requires authentication",
            }
        known = {"serverstatus": self._status, "listdatabases": _databases, "dbstats": _statistics}
        if name in known:
            return {**known[name](), "ok": 1.0}
        if name in ("ping", "endsessions"):
            return {"ok": 1.0}
        return {"ok": 0.0, "code": 59, "codeName": "CommandNotFound", "errmsg": f"no such command: '{name}'"}

    def _status(self) -> dict[str, Any]:
        return {
            "host": self.address,
            "version": "6.0.14",
            "process": "mongod",
            "uptime": time.time() - self._started,
            "asserts": {"regular": 0, "warning": 0, "msg": 0, "user": 12, "tripwire": 0, "rollovers": 0},
            "connections": {"current": self.connections, "available": 51195, "totalCreated": 7, "active": 2},
            "globalLock": {
                "totalTime": bson.Int64(15000000),
                "currentQueue": {"total": 0, "readers": 0, "writers": 0},
                "activeClients": {"total": 0, "readers": 0, "writers": 0},
            },
            "mem": {"bits": 64, "resident": 143, "virtual": 2683, "supported": True},
            "network": {
                "bytesIn": bson.Int64(self.bytes_in),
                "bytesOut": bson.Int64(self.bytes_out),
                "numRequests": bson.Int64(self.requests),
            },
            "opcounters": {
                "insert": 4,
                "query": 9,
                "update": 2,
                "delete": 1,
                "getmore": 0,
                "command": self.requests,
            },
            "wiredTiger": {
                "cache": {"bytes currently in the cache": 72213, "maximum bytes configured": 503316480},
                "concurrentTransactions": {"read": {"out": 0, "available": 128, "totalTickets": 128}},
            },
            "metrics": {
                "document": {"inserted": bson.Int64(4)},
                "commands": {"find": {"total": bson.Int64(9)}},
            },
        }


def _databases() -> dict[str, Any]:
    return {"databases": [{"name": "museum", "sizeOnDisk": 40960, "empty": False}], "totalSize": 40960}


def _statistics() -> dict[str, Any]:
    return {
        "db": "museum",
        "collections": 2,
        "objects": 5,
        "avgObjSize": 48.0,
        "dataSize": 240.0,
        "indexes": 2,
    }
