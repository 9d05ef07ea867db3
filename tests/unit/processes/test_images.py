"""Images that hosts report, joined with those that containers run."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.processes import images
from heeler.processes.images import ContainerImage, RunImage, joined


def test_a_container_counts_for_the_image_of_its_digest_with_or_without_the_registry() -> None:
    found = joined(
        [
            ContainerImage("docker.io/library/nginx", digest="sha256:1"),
            ContainerImage("nginx", digest="sha256:2"),
        ],
        [RunImage("nginx", "1.25", "nginx@sha256:1", 2, {"env:a"}), RunImage("nginx", "", "sha256:2", 3)],
    )
    assert [(one.containers, one.tags) for one in found] == [(2, ("env:a",)), (3, ())]


def test_names_that_only_end_alike_are_others() -> None:
    found = joined([ContainerImage("my-nginx", versions=("1",))], [RunImage("nginx", "1", "", 1)])
    assert [(one.name, one.containers) for one in found] == [("my-nginx", 0), ("nginx", 1)]


@pytest.mark.parametrize("digest", ["sha256:1", "app@sha256:1", "registry/app@sha256:1"])
def test_an_image_that_only_containers_name_is_one_in_all_spellings(digest: str) -> None:
    run = [RunImage("registry/app", "1", digest, 1), RunImage("app", "latest", digest, 2)]
    (found,) = joined([], run)
    assert (found.digest, found.containers) == ("sha256:1", 3)


names = st.sampled_from(["", "a", "b", "r/a", "r/s/a", "s/a", "r/", "a/b", "xa"])
versions, digests = st.sampled_from(["", "1", "2"]), st.sampled_from(["", "sha256:1", "sha256:2"])


@given(
    st.lists(st.tuples(names, versions, digests), max_size=6),
    st.lists(st.tuples(names, versions, digests), max_size=6),
)
def test_every_container_is_counted_once_at_an_image_that_is_its_own(
    known: Sequence[tuple[str, str, str]], run: Sequence[tuple[str, str, str]]
) -> None:
    given_images = [
        ContainerImage(name, digest=digest, versions=(version,)) for name, version, digest in known
    ]
    found = joined(given_images, [RunImage(*one, 1) for one in run])
    assert found[: len(known)] == given_images
    assert sum(one.containers for one in found) == len(run)
    added = found[len(known) :]
    assert {one.name for one in added} <= {name for name, _, _ in run}
    assert all(one.containers for one in added)


def test_an_image_is_compared_only_with_those_of_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = 0
    compare = images._is_of

    def counting(image: ContainerImage, used: RunImage) -> bool:
        nonlocal compared
        compared += 1
        return compare(image, used)

    monkeypatch.setattr(images, "_is_of", counting)
    known = [ContainerImage(f"r/app{number}", versions=("1",)) for number in range(5000)]
    found = joined(known, [RunImage(f"app{number}", "1", "", 1) for number in range(6000)])
    assert len(found) == 6000
    assert compared <= 6000
