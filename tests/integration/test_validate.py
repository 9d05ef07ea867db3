"""The first call of every client: is my key known here?"""

from __future__ import annotations

import json
import urllib.error
import urllib.request

import pytest

from tests.conftest import RunningServer


def test_a_known_key_is_valid(server: RunningServer) -> None:
    request = urllib.request.Request(f"{server.url}/api/v1/validate", headers={"DD-API-KEY": server.api_key})
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert json.load(answer) == {"valid": True}


def test_a_wrong_key_is_told_where_to_see_the_right_ones(server: RunningServer) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{server.url}/api/v1/validate?api_key=wrong", timeout=60)
    assert caught.value.code == 403
    errors = json.load(caught.value)["errors"]
    assert "heeler keys list" in " ".join(errors)
