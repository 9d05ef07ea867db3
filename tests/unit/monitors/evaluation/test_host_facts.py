"""The address of a host is found in what agents say of it, also in JSON within JSON."""

from __future__ import annotations

import json
import re

import pytest

from heeler.monitors.evaluation.host_facts import ADDRESS

_ADDRESS = re.compile(ADDRESS)

NETWORK = {"network": {"ipaddress": "10.0.2.15", "ipaddressv6": "fe80::1"}}


@pytest.mark.parametrize(
    "payload",
    [
        json.dumps(NETWORK),
        json.dumps({"gohai": json.dumps(NETWORK)}),
        json.dumps({"outer": json.dumps({"gohai": json.dumps(NETWORK)})}),
        json.dumps({"host_metadata": {"ip_address": "10.0.2.15"}}),
    ],
)
def test_address(payload: str) -> None:
    found = _ADDRESS.search(payload)
    assert found is not None
    assert found[1] == "10.0.2.15"


def test_no_address() -> None:
    assert _ADDRESS.search(json.dumps({"ipaddress": ""})) is None
