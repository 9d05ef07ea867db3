"""Cgroups of both versions, as folders that the kernel writes."""

from __future__ import annotations

import os
from pathlib import Path

from heeler.agent.containers.cgroups import Usage, find_cgroups
from heeler.agent.containers.pod_logs import PodContainer, pod_containers

ID = "0123456789abcdef" * 4


def write(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)


def network(procfs: Path, pid: int, *, own: bool) -> None:
    for name, target in (("1", "net:[1]"), (str(pid), "net:[2]" if own else "net:[1]")):
        (procfs / name / "ns").mkdir(parents=True)
        (procfs / name / "ns" / "net").symlink_to(target)
    (procfs / str(pid) / "net").mkdir()
    (procfs / str(pid) / "net" / "dev").write_text(
        "Inter-|   Receive\n face |bytes\n    lo: 999 1 0 0 0 0 0 0 999 1 0 0 0 0 0 0\n"
        "  eth0: 1500 9 0 0 0 0 0 0 700 8 0 0 0 0 0 0\n"
    )


def test_version_2(tmp_path: Path) -> None:
    root, procfs = tmp_path / "cgroup", tmp_path / "proc"
    folder = root / "kubepods.slice" / f"cri-containerd-{ID}.scope"
    write(root, cgroup__controllers="cpu memory")
    write(folder / f"nested-{ID}")
    write(
        folder,
        cpu__stat="usage_usec 3000\nuser_usec 2000\nsystem_usec 1000\n",
        cpu__max="150000 100000\n",
        memory__current="5000\n",
        memory__max="max\n",
        memory__stat="anon 3000\nfile 1500\n",
        io__stat="8:0 rbytes=10 wbytes=20 rios=1\n8:1 rbytes=1 wbytes=2\n",
        pids__current="4\n",
        pids__max="100\n",
        cgroup__procs="77\n78\n",
    )
    network(procfs, 77, own=True)
    found = find_cgroups(root)
    assert list(found) == [ID]
    group = found[ID]
    assert (group.version, group.runtime, group.folder, group.pids()) == (2, "containerd", folder, [77, 78])
    assert group.started > 0
    assert group.usage(procfs) == Usage(
        cpu_ns=3_000_000, user_ns=2_000_000, system_ns=1_000_000, memory_bytes=5000, rss_bytes=3000,
        cache_bytes=1500, read_bytes=11, write_bytes=22, received_bytes=1500, sent_bytes=700, pids=4,
        pids_limit=100, cpu_limit=150.0,
    )  # fmt: skip


def test_version_1(tmp_path: Path) -> None:
    root, procfs = tmp_path / "cgroup", tmp_path / "proc"
    place = f"docker/{ID}"
    write(
        root / "memory" / place,
        memory__usage_in_bytes="5000\n",
        memory__limit_in_bytes="9223372036854771712\n",
        memory__stat="rss 1\ntotal_rss 3000\ntotal_cache 1500\n",
        cgroup__procs="77\n",
    )
    write(root / "cpuacct" / place, cpuacct__usage="3000000\n", cpuacct__stat="user 20\nsystem 10\n")
    write(root / "cpu" / place, cpu__cfs_quota_us="-1\n", cpu__cfs_period_us="100000\n")
    write(
        root / "blkio" / place,
        blkio__throttle__io_service_bytes="8:0 Read 10\n8:0 Write 20\n8:0 Total 30\nTotal 30\n",
    )
    write(root / "pids" / place, pids__current="4\n", pids__max="max\n")
    network(procfs, 77, own=False)
    group = find_cgroups(root)[ID]
    assert (group.version, group.runtime) == (1, "docker")
    used = group.usage(procfs)
    tick = 10**9 // os.sysconf("SC_CLK_TCK")
    assert used == Usage(
        cpu_ns=3_000_000, user_ns=20 * tick, system_ns=10 * tick, memory_bytes=5000, rss_bytes=3000,
        cache_bytes=1500, read_bytes=10, write_bytes=20, pids=4,
    )  # fmt: skip


def test_what_is_gone_is_zero(tmp_path: Path) -> None:
    write(tmp_path, cgroup__controllers="")
    write(tmp_path / ID)
    group = find_cgroups(tmp_path)[ID]
    (tmp_path / ID).rmdir()
    assert (group.started, group.pids(), group.usage(tmp_path)) == (0, [], Usage())
    assert find_cgroups(tmp_path / "nowhere") == {}


def test_names_of_kubernetes(tmp_path: Path) -> None:
    (tmp_path / f"web-1_shop_nginx-{ID}.log").touch()
    (tmp_path / "something.else").touch()
    assert pod_containers(tmp_path) == {ID: PodContainer("web-1", "shop", "nginx")}
    assert pod_containers(tmp_path / "nowhere") == {}
