"""Tags of containers by cardinality."""

from __future__ import annotations

import pytest

from heeler.agent.containers.docker import Container
from heeler.agent.containers.tags import tags_of

LABELS = (
    ("com.datadoghq.tags.env", "prod"),
    ("com.datadoghq.tags.service", "shop"),
    ("com.docker.compose.service", "web"),
    ("io.kubernetes.pod.name", "web-7f"),
    ("other", "label"),
)


def container(image: str = "nginx:1.27", **more: object) -> Container:
    return Container(id="c1", name="web-1", image=image, labels=LABELS, **more)  # type: ignore[arg-type]


def tags(image: str, level: str = "low") -> dict[str, str]:
    return dict(tag.split(":", 1) for tag in tags_of(container(image), level))  # type: ignore[misc]


@pytest.mark.parametrize(
    ("image", "name", "short", "tag"),
    [
        ("nginx", "nginx", "nginx", "latest"),
        ("nginx:1.27", "nginx", "nginx", "1.27"),
        ("library/nginx:1.27", "library/nginx", "nginx", "1.27"),
        ("registry:5000/team/app", "registry:5000/team/app", "app", "latest"),
        ("registry:5000/app:2", "registry:5000/app", "app", "2"),
        ("gcr.io/x/app@sha256:abc", "gcr.io/x/app", "app", None),
        ("registry:5000/app:2@sha256:abc", "registry:5000/app", "app", "2"),
    ],
)
def test_names_of_images(image: str, name: str, short: str, tag: str | None) -> None:
    found = tags(image)
    assert (found["image_name"], found["short_image"], found.get("image_tag")) == (name, short, tag)
    assert found["docker_image"] == image


def test_each_level_has_what_the_one_before_has() -> None:
    low, middle, high = (set(tags_of(container(), level)) for level in ("low", "orchestrator", "high"))
    assert {"env:prod", "service:shop", "docker_compose_service:web", "image_name:nginx"} <= low
    assert middle - low == {"pod_name:web-7f"}
    assert high - middle == {"container_id:c1", "container_name:web-1"}
    assert tags_of(container(), "none") == ()
    assert set(tags_of(container(), "unheard of")) == low


def test_tags_are_sorted_and_never_empty() -> None:
    found = tags_of(container(""), "high")
    assert list(found) == sorted(found)
    assert not [tag for tag in found if tag.endswith(":")]
    assert not [tag for tag in found if "label" in tag]
