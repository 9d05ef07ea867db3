"""From a sender to the tags of its container."""

from __future__ import annotations

from pathlib import Path

from heeler.agent.config import Config
from heeler.agent.containers.docker import Container
from heeler.agent.dogstatsd.origin import Origins
from heeler.wire.metrics.dogstatsd import Metric, parse

ID = "ab" * 32
SHOP = Container(ID, "shop-1", "registry/team/shop:1.2", labels=(("com.datadoghq.tags.env", "prod"),))


def origins(tmp_path: Path, **settings: object) -> Origins:
    (tmp_path / "42").mkdir()
    (tmp_path / "42" / "cgroup").write_text(f"0::/system.slice/docker-{ID}.scope\n")
    (tmp_path / "43").mkdir()
    (tmp_path / "43" / "cgroup").write_text("0::/user.slice\n")
    config = Config(tmp_path, {"procfs_path": str(tmp_path), **settings})
    return Origins(config, lambda _: [SHOP])


def header(line: str) -> object:
    metric = parse(line)
    assert isinstance(metric, Metric)
    return metric.header


LOW = {
    "docker_image:registry/team/shop:1.2",
    "env:prod",
    "image_name:registry/team/shop",
    "image_tag:1.2",
    "short_image:shop",
}


def test_the_sender_of_a_socket_is_known_by_its_process(tmp_path: Path) -> None:
    one = origins(tmp_path, dogstatsd_origin_detection=True)
    assert one.container_of(42) == ID
    assert one.container_of(43) == ""
    assert one.container_of(44) == ""
    assert set(one.tags(header("m:1|c"), ID)) == LOW  # type: ignore[arg-type]
    high = one.tags(header("m:1|c|card:high"), ID)  # type: ignore[arg-type]
    assert set(high) == LOW | {f"container_id:{ID}", "container_name:shop-1"}
    assert one.tags(header("m:1|c|card:none"), ID) == ()  # type: ignore[arg-type]


def test_what_a_client_says_counts_only_where_it_is_wanted(tmp_path: Path) -> None:
    line = f"m:1|c|#dd.internal.card:orchestrator|c:ci-{ID}|e:it-false,cn-web,pu-uid1"
    assert origins(tmp_path).tags(header(line), "") == ()  # type: ignore[arg-type]
    wanted = Config(tmp_path, {"dogstatsd_origin_detection_client": True})
    one = Origins(wanted, lambda _: [SHOP])
    assert set(one.tags(header(line), "")) == LOW | {"kube_container_name:web", "pod_uid:uid1"}  # type: ignore[arg-type]
