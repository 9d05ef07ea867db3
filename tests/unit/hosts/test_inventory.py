"""The host inventory from the real store, with what agents may have put there."""

from __future__ import annotations

import json
import math

import pyarrow as pa
import pytest

from heeler.hosts import inventory
from heeler.hosts.inventory import load_host, load_hosts
from heeler.hosts.record import Host
from heeler.store.engine import Engine

NOW = 1_764_470_929


async def metadata(engine: Engine, host: str, kind: str, payload: str, at: int = NOW) -> None:
    row = {"host": [host], "kind": [kind], "payload": [payload], "updated": [at]}
    schema = pa.schema(
        [("host", pa.string()), ("kind", pa.string()), ("payload", pa.string()), ("updated", pa.uint32())]
    )
    await engine.insert("host_metadata", pa.table(row, schema))


async def listed(engine: Engine, since: float, prefix: str) -> list[Host]:
    """Hosts of one test, as the store is that of all tests."""
    return [host for host in await load_hosts(engine, since, NOW) if host.name.startswith(prefix)]


async def test_a_host_is_found_by_its_own_name_before_the_alias_of_another(engine: Engine) -> None:
    alias = json.dumps({"meta": {"host_aliases": ["inventory-web", "inventory-alias"]}})
    await metadata(engine, "an-inventory-stranger", "v5", alias)
    await metadata(engine, "inventory-web", "v5", "{}")
    found = await load_host(engine, "inventory-web", NOW)
    assert found is not None
    assert found.name == "inventory-web"
    by_alias = await load_host(engine, "inventory-alias", NOW)
    assert by_alias is not None
    assert by_alias.name == "an-inventory-stranger"
    assert await load_host(engine, "none", NOW) is None


@pytest.mark.parametrize(
    "payload", ["", "{", "[1]", "null", "5", "[" * 100_000, '{"meta": {"host_aliases": 5}}']
)
async def test_a_payload_that_cannot_be_read_does_not_hide_the_hosts(engine: Engine, payload: str) -> None:
    await metadata(engine, "payload-odd", "v5", payload)
    await metadata(engine, "payload-good", "v5", json.dumps({"agentVersion": "7.1"}))
    good, odd = await listed(engine, NOW - 60, "payload-")
    assert (good.name, good.agent_version) == ("payload-good", "7.1")
    assert (odd.name, odd.agent_version, odd.aliases) == ("payload-odd", "", [])


async def test_only_hosts_that_reported_since_then_are_listed(engine: Engine) -> None:
    await metadata(engine, "since-old", "v5", "{}", NOW - 100)
    await metadata(engine, "since-new", "v5", "{}", NOW)
    assert [host.name for host in await listed(engine, NOW - 50, "since-")] == ["since-new"]
    assert [host.name for host in await listed(engine, -5.0, "since-")] == ["since-new", "since-old"]


async def test_names_with_quotes_and_wildcards_are_plain_names(engine: Engine) -> None:
    await metadata(engine, "q%'b", "v5", "{}")
    assert await inventory.is_known(engine, "q%'b")
    assert not await inventory.is_known(engine, "q%")
    assert await inventory.tags_by_source(engine, "a' OR 1=1 --") == {}
    (host,) = await listed(engine, 0, "q%")
    assert (host.name, host.values, math.isfinite(host.last_reported)) == ("q%'b", {}, True)
