"""The share of traces that is kept by their ids, and statistics of all of them."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from heeler.agent.config import Config, ConfigError, load_config
from heeler.agent.trace import probabilistic
from heeler.agent.trace.filters import Filters
from heeler.agent.trace.info import Info
from heeler.agent.trace.ingestion import IngestionCounts
from heeler.agent.trace.otlp_listeners import _share
from heeler.agent.trace.pipeline import Claims, Pipeline
from heeler.agent.trace.probabilistic import PREFIX, ProbabilisticSampler, Probability, probability_of
from heeler.agent.trace.sampling import Samplers, SamplingConfig
from heeler.wire.traces.concentrator import BUCKET_NS, Concentrator
from heeler.wire.traces.spans import NO_PRIORITY, Chunk, Span, TracerPayload
from tests.unit.agent.trace.spans import NOW


def chunk(identity: int, priority: int = NO_PRIORITY, *, error: bool = False, tid: str = "") -> Chunk:
    meta = {"_dd.p.tid": tid} if tid else {}
    root = Span(
        service="web", name="web.request", resource="GET /", trace_id=identity, span_id=1,
        start=NOW, duration=5, error=int(error), meta=meta,
    )  # fmt: skip
    return Chunk([root], priority)


def kept(sampler: ProbabilisticSampler, one: Chunk) -> bool:
    return sampler.keeps(one, one.spans[0])


@pytest.mark.parametrize(
    ("text", "expected"), [(b"", 0x811C9DC5), (b"a", 0xE40C292C), (b"foobar", 0xBF9CF968)]
)
def test_the_hash_is_fnv_1a(text: bytes, expected: int) -> None:
    """Values published by the hash's authors."""
    assert probabilistic._hashed(0x811C9DC5, text) == expected


@pytest.mark.parametrize("percentage", [0.0, 1.0, 10.0, 50.0, 99.0, 100.0])
def test_the_share_of_random_ids_is_the_percentage(percentage: float) -> None:
    chance = random.Random(3)
    sampler = ProbabilisticSampler(Probability(percentage))
    found = sum(kept(sampler, chunk(chance.getrandbits(64))) for _ in range(4000)) / 40
    assert found == pytest.approx(percentage, abs=2.5)
    assert percentage not in (0.0, 100.0) or found == percentage


def test_a_larger_percentage_keeps_what_a_smaller_one_does() -> None:
    chance = random.Random(4)
    ids = [chance.getrandbits(64) for _ in range(2000)]
    small, large = (ProbabilisticSampler(Probability(one, seed=22)) for one in (10, 40))
    chosen = [one for one in ids if kept(small, chunk(one))]
    assert chosen
    assert all(kept(large, chunk(one)) for one in chosen)
    other = ProbabilisticSampler(Probability(10, seed=23))
    assert [one for one in ids if kept(other, chunk(one))] != chosen


def test_the_upper_half_counts_only_where_it_is_told_to() -> None:
    low, chance = 12345, random.Random(5)
    halves = [f"{chance.getrandbits(64):016x}" for _ in range(300)]
    half, full = (ProbabilisticSampler(Probability(50, full_trace_id=whole)) for whole in (False, True))
    assert len({kept(half, chunk(low, tid=one)) for one in halves}) == 1
    assert len({kept(full, chunk(low, tid=one)) for one in halves}) == 2
    assert kept(full, chunk(low)) == kept(full, chunk(low, tid="0" * 16))


def test_an_id_of_opentelemetry_is_hashed_whole_and_a_broken_one_is_not_kept() -> None:
    full = ProbabilisticSampler(Probability(100, full_trace_id=True))
    one = chunk(5)
    one.spans[0].meta["otel.trace_id"] = "0102030405060708090a0b0c0d0e0f10"
    assert kept(full, one)
    one.spans[0].meta["otel.trace_id"] = "xyz"
    assert not kept(full, one)


def samplers(percentage: float, **more: float | bool) -> Samplers:
    return Samplers(SamplingConfig(probability=Probability(percentage), **more))  # type: ignore[arg-type]


@pytest.mark.parametrize("priority", [2, 1, 0, -1, NO_PRIORITY])
def test_priorities_decide_nothing(priority: int) -> None:
    one = chunk(7, priority)
    found = samplers(100).decide("prod", one, NOW)
    assert (found.chunk, found.by) == (one, "probabilistic")
    assert (one.priority, one.tags["_dd.p.dm"], one.spans[0].metrics["_dd.prob_sr"]) == (1, "-9", 1.0)
    assert samplers(0).decide("prod", chunk(7, priority), NOW) == (None, "probability")


def test_what_is_not_chosen_is_kept_for_its_error_or_as_rare() -> None:
    found = samplers(0).decide("prod", chunk(7, error=True), NOW)
    assert found.by == "error"
    assert found.chunk
    assert (found.chunk.priority, "_dd.p.dm" in found.chunk.tags) == (1, False)
    rare = samplers(0, rare=True)
    assert rare.decide("prod", top(8), NOW).by == "rare"
    assert rare.decide("prod", top(9), NOW) == (None, "probability")
    assert samplers(0, errors_tps=0.0).decide("prod", chunk(7, error=True), NOW).chunk is None


def top(identity: int) -> Chunk:
    one = chunk(identity)
    one.spans[0].metrics = {"_top_level": 1.0}
    return one


def test_what_is_chosen_is_not_rare_afterwards() -> None:
    both = samplers(50, rare=True)
    half = ProbabilisticSampler(Probability(50))
    chosen = next(one for one in range(1, 100) if kept(half, chunk(one)))
    left = next(one for one in range(1, 100) if not kept(half, chunk(one)))
    both.decide("prod", top(left), NOW)
    assert both.decide("prod", top(chosen), NOW).by == "probabilistic"
    assert both.decide("prod", top(left), NOW).chunk is None


def test_tracers_keep_a_rate_of_one() -> None:
    one = samplers(10, target_tps=1.0)
    for at in range(500):
        one.decide("prod", chunk(at + 1, 1), NOW + at * 10**8)
    assert b'service:web,env:prod":1.0' in one.rates.answer("")
    assert one.rates.answer("").count(b":1.0") == 2


def test_statistics_are_exact_whatever_is_kept() -> None:
    concentrator, chance = Concentrator("h", "prod", NOW), random.Random(6)
    pipeline = Pipeline(concentrator, Filters(), samplers(10, errors_tps=0.0), IngestionCounts("h"), "prod")
    payload = TracerPayload(
        [
            chunk(chance.getrandbits(63) + 1, chance.choice((1, 0, -1, 2)), error=at % 7 == 0)
            for at in range(3000)
        ]
    )
    sent = pipeline.take(payload, Claims(), NOW)
    assert 200 < len(sent.chunks) < 420
    (group,) = [
        group
        for one in concentrator.flush(NOW + 10 * BUCKET_NS)
        for bucket in one.buckets
        for group in bucket.groups
    ]
    assert (group.hits, group.errors) == (3000, 429)


def test_settings_come_from_the_file_and_the_environment(tmp_path: Path) -> None:
    (tmp_path / "datadog.yaml").write_text(
        "apm_config:\n  features: [probabilistic_sampler_full_trace_id]\n"
        "  probabilistic_sampler:\n    enabled: true\n    sampling_percentage: 12.5\n    hash_seed: 22\n"
    )
    config = load_config(tmp_path, {})
    assert probability_of(config) == Probability(12.5, 22, True)
    assert SamplingConfig.of(config).probability == Probability(12.5, 22, True)
    environment = {
        "DD_APM_PROBABILISTIC_SAMPLER_ENABLED": "true",
        "DD_APM_PROBABILISTIC_SAMPLER_SAMPLING_PERCENTAGE": "7.5",
        "DD_APM_PROBABILISTIC_SAMPLER_HASH_SEED": "9",
    }
    assert probability_of(load_config(tmp_path / "none", environment)) == Probability(7.5, 9)
    assert probability_of(load_config(tmp_path / "none", {})) is None


@pytest.mark.parametrize(("key", "value"), [("sampling_percentage", 101.0), ("sampling_percentage", -1.0),
                                            ("hash_seed", -1), ("hash_seed", 2**32)])  # fmt: skip
def test_a_setting_out_of_range_is_named(tmp_path: Path, key: str, value: float) -> None:
    config = Config(tmp_path, {f"{PREFIX}.enabled": True, f"{PREFIX}.{key}": value})
    with pytest.raises(ConfigError, match=key):
        probability_of(config)


def test_tracers_and_the_otlp_receiver_leave_the_choice_to_it(tmp_path: Path) -> None:
    otlp = {"otlp_config.traces.probabilistic_sampler.sampling_percentage": 20.0}
    on, off = Config(tmp_path, {f"{PREFIX}.enabled": True, **otlp}), Config(tmp_path, otlp)
    assert (_share(on), _share(off)) == (1.0, 0.2)
    assert b'"client_drop_p0s": false' in Info(on, "prod", 8126).body
    assert b'"client_drop_p0s": true' in Info(off, "prod", 8126).body
