from __future__ import annotations

from pathlib import Path

from heeler.agent.containers.pod_logs import PodContainer, pod_containers

ID = "0" * 63 + "a"


def test_names_of_files_are_names_of_containers(tmp_path: Path) -> None:
    for name in (
        f"web-7d9.x_shop_nginx-proxy-{ID}.log",
        f"web_shop_nginx-{ID[:-1]}.log",
        f"web_shop-{ID}.log",
        f"web_shop_nginx-{ID}.log.gz",
        "note.txt",
    ):
        (tmp_path / name).touch()
    assert pod_containers(tmp_path) == {ID: PodContainer("web-7d9.x", "shop", "nginx-proxy")}
    assert pod_containers(tmp_path / "none") == {}
