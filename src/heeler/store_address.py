"""Where telemetry is stored, as ``HEELER_STORE`` names it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

EXPECTED = (
    "chdb:///absolute/path or clickhouse://user:password@host:port/database, with several hosts separated by "
    "commas and ?cluster=NAME for a cluster"
)
#: Ports of ClickHouse's HTTP interface, plain and with TLS.
PORT, TLS_PORT = 8123, 8443
#: What may stand behind the question mark.
OPTIONS = ("cluster", "ca_cert", "verify")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")


class Host(NamedTuple):
    name: str
    port: int

    def __str__(self) -> str:
        return f"[{self.name}]:{self.port}" if ":" in self.name else f"{self.name}:{self.port}"


@dataclass(frozen=True, slots=True)
class StoreAddress:
    """An embedded engine's folder (``path``), or the addresses of one ClickHouse server or of the servers of
    a cluster, which are tried in turn."""

    path: Path | None = None
    hosts: tuple[Host, ...] = ()
    user: str = "default"
    password: str = ""
    database: str = "default"
    tls: bool = False
    cluster: str = ""
    """The name of the cluster, as the servers' ``remote_servers`` has it; empty for a single server."""
    ca_cert: str = ""
    verify: bool = True

    def __str__(self) -> str:
        """Without the password: for messages."""
        if self.path is not None:
            return f"chdb://{self.path}"
        scheme = "clickhouses" if self.tls else "clickhouse"
        return f"{scheme}://{','.join(map(str, self.hosts))}/{self.database}"

    @classmethod
    def parse(cls, text: str) -> StoreAddress:
        """Raises :class:`ValueError`, with a message that does not repeat the password."""
        if text.startswith("chdb://"):
            path = Path(text.removeprefix("chdb://"))
            if not path.is_absolute():
                raise ValueError(f"{text!r} is not an absolute path")
            return cls(path=path)
        scheme, _, rest = text.partition("://")
        if scheme not in ("clickhouse", "clickhouses"):
            raise ValueError(f"{scheme!r} is no kind of store")
        tls = scheme == "clickhouses"
        login, _, places = rest.partition("/")[0].partition("?")[0].rpartition("@")
        user, _, password = login.partition(":")
        hosts = tuple(_host(place, TLS_PORT if tls else PORT) for place in places.split(","))
        # Hosts separated by commas are no valid authority: the rest is read without them.
        parts = urlsplit(f"//x{rest[len(rest.partition('/')[0].partition('?')[0]) :]}")
        database = unquote(parts.path.strip("/")) or "default"
        if not _NAME.fullmatch(database):
            raise ValueError("the name of the database has other characters than letters, digits, _, - and .")
        options = dict(parse_qsl(parts.query, keep_blank_values=True))
        for name in options:
            if name not in OPTIONS:
                raise ValueError(f"the option {name!r} is not known ({', '.join(OPTIONS)})")
        cluster = options.get("cluster", "")
        if "cluster" in options and not _NAME.fullmatch(cluster):
            raise ValueError("the name of the cluster has other characters than letters, digits, _, - and .")
        if options.get("verify", "1") not in ("0", "1"):
            raise ValueError("verify is 0 or 1")
        return cls(
            hosts=hosts,
            user=unquote(user) or "default",
            password=unquote(password),
            database=database,
            tls=tls,
            cluster=cluster,
            ca_cert=options.get("ca_cert", ""),
            verify=options.get("verify", "1") == "1",
        )


def _host(text: str, port: int) -> Host:
    name, colon, number = text.rpartition(":")
    if not colon or name.endswith(":") or (text.startswith("[") and text.endswith("]")):
        name, number = text, str(port)
    name = name.strip("[]")
    if not re.fullmatch(r"[A-Za-z0-9._:-]+", name):
        raise ValueError("a host is missing or is none")
    if not (number.isascii() and number.isdigit() and 0 < int(number) < 65536):
        raise ValueError(f"{number!r} is no port")
    return Host(name, int(number))
