"""Which delays apply to a login attempt, and browsers that are known."""

from __future__ import annotations

import pytest

from heeler.accounts.login_attempts import PAIR, SHARED, browser_token, buckets_of, known_browser
from heeler.api.login_delays import AttemptLimiter

HASH = "$argon2id$v=19$m=1,t=1,p=1$c2FsdA$aGFzaA"


def test_an_attempt_is_counted_by_pair_by_user_and_by_address() -> None:
    own, shared = buckets_of("ann@example.com", "192.0.2.7", None)
    assert own.backoff is PAIR
    assert [one.backoff for one in shared] == [SHARED, SHARED]
    assert len({own.key, *(one.key for one in shared)}) == 3
    other_user = buckets_of("bob@example.com", "192.0.2.7", None)
    other_place = buckets_of("ann@example.com", "192.0.2.8", None)
    assert other_user[0] != own
    assert other_place[0] != own
    assert set(other_user[1]) & set(shared) == {shared[1]}
    assert set(other_place[1]) & set(shared) == {shared[0]}


def test_addresses_of_one_ipv6_subscriber_are_one() -> None:
    assert buckets_of("a", "2001:db8::1", None) == buckets_of("a", "2001:db8::ffff:1", None)
    assert buckets_of("a", "2001:db8::1", None) != buckets_of("a", "2001:db8:0:1::1", None)


def test_a_known_browser_is_counted_by_itself_alone() -> None:
    own, shared = buckets_of("ann@example.com", "192.0.2.7", "abc")
    assert shared == []
    assert own == buckets_of("somebody", "198.51.100.1", "abc")[0]
    assert own != buckets_of("ann@example.com", "192.0.2.7", "abd")[0]


def test_guessing_from_many_addresses_is_slowed_by_seconds_only() -> None:
    now = 0.0
    limiter = AttemptLimiter(clock=lambda: now)
    waits = []
    for place in range(200):
        own, shared = buckets_of("ann@example.com", f"10.0.{place}.1", None)
        waits.append(limiter.reserve([own, *shared]))
        now += waits[-1]
        if waits[-1]:
            limiter.reserve([own, *shared])
    assert max(waits) == SHARED.longest
    assert waits[: SHARED.free] == [0.0] * SHARED.free


def test_a_browser_is_known_by_its_token() -> None:
    token = browser_token(HASH)
    identity = known_browser(HASH, token)
    assert identity
    assert known_browser(HASH, browser_token(HASH)) != identity


def test_another_password_ends_it() -> None:
    assert known_browser(HASH + "x", browser_token(HASH)) is None
    assert known_browser("", browser_token("")) is None


@pytest.mark.parametrize("change", [None, "", ".", "abc", "abc.", ".def", "ü.ü"])
def test_made_up_tokens(change: str | None) -> None:
    assert known_browser(HASH, change) is None


def test_a_signature_is_of_its_identity() -> None:
    one, two = browser_token(HASH), browser_token(HASH)
    mixed = one.partition(".")[0] + "." + two.partition(".")[2]
    assert known_browser(HASH, mixed) is None
    assert known_browser(HASH, one + "0") is None
    assert known_browser(HASH, one[:-1]) is None
