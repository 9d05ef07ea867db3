"""The HTTP interface that tests run servers against behaves as that of ClickHouse does."""

from __future__ import annotations

import base64
import gzip
import http.client
import io
import json
import zlib
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlencode

import clickhouse_connect
import lz4.frame  # type: ignore[import-untyped]
import pyarrow as pa
import pytest
from clickhouse_connect.driver.exceptions import DatabaseError

from tests.clickhouse.running import PASSWORD, USER, ClickHouse
from tests.conftest import free_port


@pytest.fixture(scope="module")
def clickhouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouse]:
    made = ClickHouse(tmp_path_factory.mktemp("clickhouse"), free_port())
    made.start()
    yield made
    made.stop()


class Reply(NamedTuple):
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def code(self) -> str | None:
        return self.headers["X-ClickHouse-Exception-Code"]


def ask(
    clickhouse: ClickHouse,
    body: bytes = b"",
    headers: dict[str, str] | None = None,
    method: str = "POST",
    **query: str,
) -> Reply:
    login = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    connection = http.client.HTTPConnection("127.0.0.1", clickhouse.port, timeout=30)
    try:
        path = f"/?{urlencode(query)}"
        connection.request(method, path, body, {"Authorization": f"Basic {login}", **(headers or {})})
        response = connection.getresponse()
        return Reply(response.status, response.msg, response.read())
    finally:
        connection.close()


def test_statements_parameters_settings_and_formats(clickhouse: ClickHouse) -> None:
    block = b"SELECT getSetting('max_block_size')"
    assert ask(clickhouse, b"SELECT 1").body == b"1\n"
    assert ask(clickhouse, query="SELECT {n:UInt8} + 1", param_n="41").body == b"42\n"
    assert ask(clickhouse, block, max_block_size="77").body == b"77\n"
    assert ask(clickhouse, block).body != b"77\n", "it was for one statement"
    found = ask(clickhouse, b"SELECT number AS n FROM numbers(3) FORMAT JSONEachRow")
    assert [json.loads(line)["n"] for line in found.body.splitlines()] == [0, 1, 2]
    assert found.headers["X-ClickHouse-Format"] == "JSONEachRow"
    assert json.loads(found.headers["X-ClickHouse-Summary"])["read_rows"] == "3"
    arrow = ask(clickhouse, b"SELECT 5 AS n", default_format="ArrowStream").body
    assert pa.ipc.open_stream(arrow).read_all().to_pydict() == {"n": [5]}


def test_inserts_with_their_data_behind_the_statement_or_beside_it(clickhouse: ClickHouse) -> None:
    ask(clickhouse, b"CREATE TABLE put (n UInt32) ENGINE = MergeTree ORDER BY n")
    assert ask(clickhouse, b"INSERT INTO put VALUES (1), (2)").status == 200
    assert ask(clickhouse, b"INSERT INTO put FORMAT CSV\n3\n4\n").status == 200
    assert ask(clickhouse, b"5\n", query="INSERT INTO put FORMAT CSV").status == 200
    packed, csv = {"Content-Encoding": "gzip"}, "INSERT INTO put (n) FORMAT CSV"
    assert ask(clickhouse, gzip.compress(b"6\n"), packed, query=csv).status == 200
    sink = io.BytesIO()
    with pa.ipc.new_file(sink, pa.schema([("n", pa.uint32())])) as writer:
        writer.write_table(pa.table({"n": pa.array([7], pa.uint32())}))
    packed, body = {"Content-Encoding": "lz4"}, lz4.frame.compress(sink.getvalue())
    answer = ask(clickhouse, body, packed, query="INSERT INTO put FORMAT Arrow")
    assert json.loads(answer.headers["X-ClickHouse-Summary"])["written_rows"] == "1"
    assert ask(clickhouse, b"SELECT arraySort(groupArray(n)) FROM put").body == b"[1,2,3,4,5,6,7]\n"


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "lz4", "zstd"])
def test_answers_are_compressed_when_asked_for(clickhouse: ClickHouse, encoding: str) -> None:
    accept = {"Accept-Encoding": f"{encoding}, identity"}
    plain = ask(clickhouse, b"SELECT repeat('x', 10000)", accept)
    assert plain.headers["Content-Encoding"] is None
    packed = ask(clickhouse, b"SELECT repeat('x', 10000)", accept, enable_http_compression="1")
    assert packed.headers["Content-Encoding"] == encoding
    assert len(packed.body) < 1000
    if encoding in ("gzip", "deflate"):
        assert (gzip.decompress if encoding == "gzip" else zlib.decompress)(packed.body) == plain.body


def test_a_session_keeps_its_settings_and_checks_that_it_is_there(clickhouse: ClickHouse) -> None:
    block = b"SELECT getSetting('max_block_size')"
    ask(clickhouse, b"SET max_block_size = 99", session_id="mine")
    assert ask(clickhouse, block, session_id="mine").body == b"99\n"
    assert ask(clickhouse, block, session_id="mine", max_block_size="98").body == b"98\n"
    assert ask(clickhouse, block, session_id="mine").body == b"99\n"
    assert ask(clickhouse, b"SELECT 1", session_id="other", session_check="1").code == "372"


SLOW = b"SELECT sleepEachRow(0.1) FROM numbers(100) SETTINGS max_execution_time = 1, max_block_size = 1"


@pytest.mark.parametrize(
    ("statement", "code", "status"),
    [
        (b"SELECT", "62", 400),
        (b"SELECT * FROM nothing", "60", 404),
        (b"SELECT nothing", "47", 404),
        (SLOW, "159", 408),
    ],
)
def test_errors_have_their_code_and_status_and_leave_nothing_behind(
    clickhouse: ClickHouse, statement: bytes, code: str, status: int
) -> None:
    answer = ask(clickhouse, statement)
    assert (answer.status, answer.code) == (status, code)
    assert answer.body.startswith(f"Code: {code}. DB::Exception: ".encode())
    assert [ask(clickhouse, b"SELECT 1").body for _ in range(10)] == [b"1\n"] * 10


def test_what_a_client_may_not_do_is_refused(clickhouse: ClickHouse) -> None:
    wrong = {"Authorization": "Basic " + base64.b64encode(b"heeler:no").decode()}
    assert ask(clickhouse, b"SELECT 1", wrong).code == "516"
    by_header = {"Authorization": "", "X-ClickHouse-User": USER, "X-ClickHouse-Key": PASSWORD}
    assert ask(clickhouse, b"SELECT 1", by_header).body == b"1\n"
    assert ask(clickhouse, method="GET", query="CREATE TABLE x (n UInt8) ENGINE = Memory").code == "164"
    assert ask(clickhouse, method="GET", query="SELECT 2").body == b"2\n"
    assert ask(clickhouse, b"SELECT 1", no_such_setting="1").code == "115"
    assert ask(clickhouse, b"SELECT 1", compress="1").status == 500


def test_the_driver_reads_and_writes_native(clickhouse: ClickHouse) -> None:
    client = clickhouse_connect.get_client(
        host="127.0.0.1", port=clickhouse.port, username=USER, password=PASSWORD, session_id="driver"
    )
    columns = "n UInt32, s LowCardinality(String), t Array(String)"
    try:
        client.command(f"CREATE TABLE native ({columns}) ENGINE = Memory")
        client.insert("native", [[1, "a", ["x", "y"]], [2, "b", []]], column_names=["n", "s", "t"])
        asked = "SELECT * FROM native WHERE n >= {least:UInt32} ORDER BY n"
        found = client.query(asked, parameters={"least": 1})
        assert found.result_rows == [(1, "a", ["x", "y"]), (2, "b", [])]
        assert client.query_arrow("SELECT n FROM native ORDER BY n").column("n").to_pylist() == [1, 2]
        with pytest.raises(DatabaseError, match="nothing"):
            client.query("SELECT * FROM nothing")
    finally:
        client.close()


def test_the_driver_sends_parameters_that_are_too_long_for_an_address(clickhouse: ClickHouse) -> None:
    names = [f"it's metric {number} of a long name" for number in range(2000)]
    client = clickhouse_connect.get_client(
        host="127.0.0.1", port=clickhouse.port, username=USER, password=PASSWORD
    )
    try:
        sql = "SELECT length({names:Array(String)}) AS count, {names:Array(String)}[2000] AS last"
        found = client.query(sql, parameters={"names": names}).result_rows
        assert [tuple(row) for row in found] == [(2000, names[-1])]
    finally:
        client.close()
