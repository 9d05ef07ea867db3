"""Clusters of log messages."""

from __future__ import annotations

import random

import pytest

from heeler.analytics.drain_clustering import Drain, cluster, search_of, tokens_of, values_at

LINES = {
    "GET /users/{} returned 200 in {}ms": lambda rng: (rng.randrange(10**6), rng.randrange(900)),
    "Connection from 10.0.{}.{}:{} closed": lambda rng: [rng.randrange(1, 255) for _ in range(3)],
    'User "{}" logged in': lambda rng: (rng.choice(["ann", "bob lee", "eve"]),),
    "payment {} declined by bank {}": lambda rng: (
        f"{rng.getrandbits(64):016x}",
        rng.choice(["north", "south"]),
    ),
}


def test_every_template_is_one_cluster() -> None:
    rng = random.Random(7)
    messages = [(form, form.format(*fill(rng))) for form, fill in LINES.items() for _ in range(200)]
    rng.shuffle(messages)
    found = cluster(message for _, message in messages)
    assert sorted(one.count for one in found) == [200] * 4
    for one in found:
        assert len({messages[place][0] for place in one.members}) == 1
    assert {one.template for one in found} == {
        "GET /users/<*> returned <*> in <*>",
        "Connection from <*> closed",
        "User <*> logged in",
        "payment <*> declined by bank <*>",
    }


@pytest.mark.parametrize(
    ("message", "tokens"),
    [
        ("took 1.5s at 2026-01-02T03:04:05.678Z", ["took", "<*>", "at", "<*>"]),
        ("id 0b5b0b3a-9f3e-4a70-9ad0-2e0ed1f3a1c7 end", ["id", "<*>", "end"]),
        ("version2 stays", ["version2", "stays"]),
        ("order-17 of user_9", ["order-<*>", "of", "user_<*>"]),
        ("it's fine, isn't it", ["it's", "fine,", "isn't", "it"]),
        ("", []),
    ],
)
def test_what_varies_by_nature(message: str, tokens: list[str]) -> None:
    assert tokens_of(message) == tokens


def test_values_of_the_variable_parts() -> None:
    messages = ['User "bob lee" logged in', 'User "ann" logged in', 'User "ann" logged in\nmore']
    (found,) = cluster(messages[:2])
    assert values_at(found.tokens, messages) == [{'"bob lee"': 1, '"ann"': 2}]


def test_a_search_for_a_pattern() -> None:
    assert search_of(tokens_of('payment 17 declined by bank "x"')) == '"declined by bank" "payment"'
    assert search_of(["<*>"]) == ""


def test_a_leaf_is_bounded() -> None:
    drain = Drain(similarity=1.0)
    for place in range(3000):
        drain.add(f"a b c w{chr(97 + place % 26)}{place}x tail{place}y", place)
    assert len(drain.clusters) <= 200
    assert sum(one.count for one in drain.clusters) == 3000
