"""Samples of the logs of a group, over stored logs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.monitors.evaluation.log_samples import MAX_LENGTH, MAX_SAMPLES, log_samples, tags_of
from heeler.monitors.queries.parser import SearchQuery
from heeler.store.engine import Engine
from tests.unit.monitors.world import EPOCH, World, world

QUERY = SearchQuery("logs", "", "count", "", (), 300, ">", 1.0)
ON = {"enable_logs_sample": True}


@pytest.fixture
async def here(engine: Engine, tmp_path: Path) -> AsyncIterator[World]:
    async with world(engine, tmp_path) as made:
        yield made


async def samples(
    here: World, search: str, by: tuple[str, ...] = (), group: str = "*", options: Any = ON
) -> tuple[str, ...]:
    query = replace(QUERY, search=search, by=by)
    return await log_samples(here.services, query, options, group, EPOCH + 300)


@pytest.mark.parametrize(
    "value",
    ["a,b", "x, y:z", 'say "hi"', "a*", "AND", "@x", "tab\tend", "back\\slash", "(", "two words", "née"],
)
async def test_logs_of_a_group_are_found_whatever_its_value(here: World, value: str) -> None:
    service = f"sample-{value.encode().hex()}"
    here.logs(service, [(1, "info", {"user": value})], "mine")
    here.logs(service, [(1, "info", {"user": "other"})], "not mine")
    group = f"service:{service},@user:{value}"
    assert await samples(here, f"service:{service}", ("service", "@user"), group) == ("mine",)
    assert await samples(here, f"service:{service} OR service:none", ("@user",), f"@user:{value}") == (
        "mine",
    )


async def test_samples_are_few_short_and_only_where_enabled(here: World) -> None:
    here.logs("sample-many", [(1 + n / 100, "info", {"n": n}) for n in range(30)], "x" * 2000)
    found = await samples(here, "service:sample-many")
    assert len(found) == MAX_SAMPLES
    assert {len(text) for text in found} == {MAX_LENGTH}
    for options in ({}, {"enable_logs_sample": False}):
        assert await samples(here, "service:sample-many", options=options) == ()


async def test_a_search_that_is_none_has_no_samples(here: World) -> None:
    assert await samples(here, "service:(") == ()


@given(st.lists(st.text("ab,: ", max_size=6), min_size=1, max_size=3))
def test_values_with_commas_stay_whole(values: list[str]) -> None:
    by = [f"key{n}" for n in range(len(values))]
    tags = [f"{key}:{value}" for key, value in zip(by, values, strict=True)]
    assert tags_of(",".join(tags), by) == tags
