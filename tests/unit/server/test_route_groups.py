from __future__ import annotations

import pytest
from litestar import Litestar, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.testing import TestClient

from heeler.server.route_groups import GROUP, grouped


def _reader(*paths: str) -> HTTPRouteHandler:
    @get(list(paths), sync_to_thread=False)
    def read() -> str:
        return "read"

    return read


def _writer(path: str) -> HTTPRouteHandler:
    @post(path, sync_to_thread=False)
    def write() -> str:
        return "written"

    return write


def test_all_are_served_and_those_of_one_path_stay_together() -> None:
    readers = [_reader(f"/things/{number}") for number in range(3 * GROUP)]
    groups = grouped([*readers, _writer("/things/0")])
    assert len(groups) == 3
    with TestClient(Litestar(groups)) as client:
        assert client.get("/things/0").text == "read"
        assert client.post("/things/0").text == "written"
        assert client.get(f"/things/{3 * GROUP - 1}").text == "read"
        assert client.post("/things/1").status_code == 405
        assert client.get("/things/none").status_code == 404


def test_a_handler_of_several_paths_is_where_each_of_them_is() -> None:
    groups = grouped(
        [_reader("/a", "/b"), *(_reader(f"/{number}") for number in range(GROUP)), _writer("/b")]
    )
    assert [len(group.routes) for group in groups] == [GROUP + 1, 1]


def test_paths_that_are_in_several_groups_are_refused() -> None:
    apart = [_reader("/a"), *(_reader(f"/{number}") for number in range(GROUP)), _writer("/z")]
    with pytest.raises(ValueError, match="several groups"):
        grouped([*apart, _reader("/z", "/a")])
