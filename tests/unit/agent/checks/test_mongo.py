"""The MongoDB check without a server: options, and documents as servers in odd states answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from datadog_checks.base import ConfigurationError
from hypothesis import given
from hypothesis import strategies as st

from heeler.agent.checks import mongo
from heeler.agent.checks.mongo import MongoCheck, connection_options, value_at

NOW = datetime(2025, 6, 15, tzinfo=UTC)


class Server:
    """A client whose server answers with these documents."""

    def __init__(self, **documents: Mapping[str, Any]) -> None:
        self._documents = documents
        self.admin = self

    def command(self, name: str) -> Mapping[str, Any]:
        if name not in self._documents:
            raise mongo.pymongo.errors.OperationFailure(f"no such command: {name}")
        return self._documents[name]

    def list_database_names(self) -> list[str]:
        return []


def gauges(instance: dict[str, Any], **documents: Mapping[str, Any]) -> dict[str, tuple[float, list[str]]]:
    check = MongoCheck("mongo", {}, [{"hosts": ["localhost:27017"], **instance}])
    check._client = Server(**documents)
    found: dict[str, tuple[float, list[str]]] = {}
    check.gauge = lambda name, value, tags: found.__setitem__(name, (value, tags))
    check.rate = lambda name, value, tags: found.__setitem__(name, (value, tags))
    check.service_check = lambda *_, **__: None
    check.set_metadata = lambda *_: None
    check.check({})
    return found


@pytest.mark.parametrize("primary", [{}, {"optimeDate": None}, {"optimeDate": 7}])
def test_a_member_without_a_time_has_no_lag(primary: dict[str, Any]) -> None:
    members = [{"state": 1, **primary}, {"state": 2, "self": True, "health": 1, "optimeDate": NOW}]
    found = gauges({}, serverStatus={}, replSetGetStatus={"set": "rs", "myState": 2, "members": members})
    assert found["mongodb.replset.health"][0] == 1
    assert found["mongodb.replset.state"][0] == 2
    assert "mongodb.replset.replicationlag" not in found


def test_a_set_that_is_being_made_has_no_state() -> None:
    found = gauges({}, serverStatus={}, replSetGetStatus={"ok": 1})
    assert not [name for name in found if name.startswith("mongodb.replset")]


def test_the_lag_is_that_behind_the_primary() -> None:
    members = [{"state": 1, "optimeDate": NOW.replace(second=9)}, {"self": True, "optimeDate": NOW}]
    found = gauges({}, serverStatus={}, replSetGetStatus={"set": "rs", "myState": 2, "members": members})
    value, tags = found["mongodb.replset.replicationlag"]
    assert value == 9
    assert "replset_name:rs" in tags


@pytest.mark.parametrize("groups", ["tcmalloc", ["tcmalloc"]])
def test_one_group_of_metrics_may_be_a_text(groups: Any) -> None:
    path = next(iter(mongo.OPTIONAL["tcmalloc"]))
    document: Any = 5
    for part in reversed(path.split(".")):
        document = {part: document}
    assert 5 in [value for value, _ in gauges({"additional_metrics": groups}, serverStatus=document).values()]


@pytest.mark.parametrize(
    ("address", "host", "port"),
    [
        ("db:27018", "db", "27018"),
        ("db", "db", "27017"),
        ("[::1]:27018", "[::1]", "27018"),
        ("::1", "::1", "27017"),
        ("[::1]", "[::1]", "27017"),
        (":27018", ":27018", "27017"),
        ("/tmp/mongodb-27017.sock", "/tmp/mongodb-27017.sock", "27017"),
    ],
)
def test_the_place_is_the_host_and_its_port(address: str, host: str, port: str) -> None:
    found = gauges({"hosts": [address]}, serverStatus={"connections": {"current": 1}})
    assert found["mongodb.connections.current"][1] == [f"server:mongodb://{host}:{port}"]


@pytest.mark.parametrize("instance", [{}, {"hosts": []}, {"hosts": ""}, {"server": "mongodb://[::1:27017"}])
def test_instances_without_an_address_are_refused(instance: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        connection_options(instance)


def test_the_password_is_not_part_of_the_address() -> None:
    address, _ = connection_options({"server": "mongodb://user:p%40ss:w@a:1,b:2/?x=1"})
    assert address == "a:1"


@given(
    st.recursive(
        st.none() | st.booleans() | st.text() | st.floats() | st.integers(-(2**63), 2**63),
        lambda inner: st.dictionaries(st.sampled_from("ab"), inner) | st.lists(inner, max_size=2),
    )
)
def test_any_document_has_numbers_or_nothing_at_a_path(document: Any) -> None:
    for path in ("a", "a.b", "a.a.b", ""):
        found = value_at({"a": document}, path)
        assert found is None or isinstance(found, float)
