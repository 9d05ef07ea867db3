from __future__ import annotations

from heeler.processes.conditions import condition
from heeler.processes.kinds import PROCESSES
from heeler.processes.search import parse


def test_tags_of_hosts_with_many_wildcards_do_not_multiply() -> None:
    host_tags = {"web": ["role:" + "a" * 200], "db": ["role:" + "a" * 200 + "b"]}
    made = condition(PROCESSES, parse("role:" + "a*" * 60 + "b"), host_tags)
    assert ["db"] in made.parameters.values()
    assert ["db", "web"] not in made.parameters.values()


def test_an_empty_search_finds_everything() -> None:
    assert condition(PROCESSES, parse(""), {}).sql == "1"
