"""Following real files: appends, rotation, truncation, restarts."""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from heeler.agent.logs.lines import Joiner, LineSplitter, process
from heeler.agent.logs.registry import Registry
from heeler.agent.logs.sources import LogSource, Rule, load_sources
from heeler.agent.logs.tailer import Line, Tailer

SOURCE = LogSource(path="x")


def said(lines: list[Line]) -> list[str]:
    return [line.message for line in lines]


def test_only_whole_lines_are_read(tmp_path: Path) -> None:
    file = tmp_path / "app.log"
    file.write_text("one\ntw")
    tailer = Tailer(file, SOURCE, 0, 1000)
    assert said(tailer.read()) == ["one"]
    assert tailer.offset == 4
    with file.open("a") as more:
        more.write("o\nthree\n")
    assert said(tailer.read()) == ["two", "three"]
    assert tailer.offset == file.stat().st_size
    tailer.close()


def test_a_renamed_file_is_read_to_its_end(tmp_path: Path) -> None:
    file = tmp_path / "app.log"
    file.write_text("one\n")
    tailer = Tailer(file, SOURCE, 0, 1000)
    assert said(tailer.read()) == ["one"]
    with file.open("a") as more:
        more.write("late\nlast without end")
    file.rename(tmp_path / "app.log.1")
    file.write_text("new\n")
    assert tailer.rotated
    assert said(tailer.finish()) == ["late", "last without end"]
    tailer.close()


def test_a_file_that_was_emptied_is_read_from_its_start(tmp_path: Path) -> None:
    file = tmp_path / "app.log"
    file.write_text("a long first line\n")
    tailer = Tailer(file, SOURCE, 0, 1000)
    tailer.read()
    file.write_text("short\n")
    assert not tailer.rotated
    assert said(tailer.read()) == ["short"]
    tailer.close()


def test_a_stack_trace_is_one_message(tmp_path: Path) -> None:
    file = tmp_path / "app.log"
    file.write_text("2026 start\n  at a\n  at b\n2026 next\n")
    rule = Rule("multi_line", "by year", re.compile(r"^\d{4}"))
    tailer = Tailer(file, LogSource(path="x", rules=(rule,)), 0, 1000)
    lines = tailer.read()
    assert said(lines) == ["2026 start\n  at a\n  at b"]
    assert lines[0].offset == len("2026 start\n  at a\n  at b\n")
    tailer.read()
    assert said(tailer.read()) == ["2026 next"]
    tailer.close()


def test_rules_leave_out_and_mask() -> None:
    rules = [
        Rule("exclude_at_match", "", re.compile("health")),
        Rule("mask_sequences", "", re.compile(r"card=\d+"), "card=[masked]"),
    ]
    assert process("GET /health", rules) is None
    assert process("paid card=1234", rules) == "paid card=[masked]"
    assert process("no", [Rule("include_at_match", "", re.compile("yes"))]) is None


def test_offsets_survive(tmp_path: Path) -> None:
    registry = Registry(tmp_path / "registry.json")
    registry.set("1:2", tmp_path / "app.log", 42)
    registry.save()
    assert Registry(tmp_path / "registry.json").offset("1:2") == 42
    assert Registry(tmp_path / "registry.json").offset("1:3") is None
    (tmp_path / "registry.json").write_text("{broken")
    assert Registry(tmp_path / "registry.json").offset("1:2") is None


def test_a_line_that_never_ends_is_cut() -> None:
    splitter = LineSplitter(most_bytes=10)
    found = splitter.feed(b"x" * 25)
    assert [size for _, size in found] == [10, 10]
    assert found[0][0].endswith("...TRUNCATED...")


@given(st.lists(st.text(st.characters(exclude_characters="\n\r", codec="utf-8")), max_size=8), st.data())
def test_lines_do_not_depend_on_where_reads_end(lines: list[str], data: st.DataObject) -> None:
    whole = "".join(f"{line}\n" for line in lines).encode()
    splitter, found, at = LineSplitter(), [], 0
    while at < len(whole):
        step = data.draw(st.integers(1, 7))
        found += splitter.feed(whole[at : at + step])
        at += step
    assert [text for text, _ in found] == lines
    assert sum(size for _, size in found) == len(whole)


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 50)), max_size=30))
def test_joining_loses_nothing(lines: list[tuple[bool, int]]) -> None:
    joiner = Joiner(re.compile("^S"), most_lines=5)
    found = [one for starts, size in lines for one in joiner.feed("S" if starts else "c", size)]
    found += joiner.flush()
    assert sum(size for _, size in found) == sum(size for _, size in lines)
    assert sum(len(text.split("\n")) for text, _ in found) == len(lines)


def test_sources_come_from_conf_d_and_bad_ones_are_named(tmp_path: Path) -> None:
    from heeler.agent.config import Config

    folder = tmp_path / "conf.d" / "flask.d"
    folder.mkdir(parents=True)
    (folder / "conf.yaml").write_text(
        "logs:\n"
        "  - {type: file, path: /var/log/a.log, service: web, source: python, tags: 'a:b,c:d'}\n"
        "  - {type: journald}\n"
        "  - {type: file, path: /x, log_processing_rules: [{type: multi_line, name: n, pattern: '('}]}\n"
    )
    sources, problems = load_sources(Config(tmp_path, {}))
    assert [(one.path, one.service, one.tags) for one in sources] == [
        ("/var/log/a.log", "web", ("a:b", "c:d"))
    ]
    assert len(problems) == 2
    assert "journald" in problems[0]
    assert "regular expression" in problems[1]
