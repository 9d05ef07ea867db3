"""Lines of container runtimes."""

from __future__ import annotations

from heeler.agent.logs.container_lines import ContainerJoiner, ContainerLine

STAMP = 1767323045123


def test_docker_lines_with_parts() -> None:
    joiner = ContainerJoiner()
    assert joiner.feed('{"log":"half ","stream":"stdout","time":"2026-01-02T03:04:05.123456789Z"}') is None
    other = joiner.feed('{"log":"bad\\n","stream":"stderr","time":"2026-01-02T03:04:05.123456789Z"}')
    assert other == ContainerLine("bad", "error", STAMP)
    whole = joiner.feed('{"log":"whole\\n","stream":"stdout","time":"2026-01-02T03:04:05.123456789Z"}')
    assert whole == ContainerLine("half whole", "info", STAMP)


def test_cri_lines_with_parts() -> None:
    joiner = ContainerJoiner()
    assert joiner.feed("2026-01-02T03:04:05.123456789Z stdout P one ") is None
    assert joiner.feed("2026-01-02T03:04:05.123456789Z stdout F two") == ContainerLine(
        "one two", "info", STAMP
    )


def test_other_lines_pass() -> None:
    assert ContainerJoiner().feed('{"msg":1}') == ContainerLine('{"msg":1}', "info", 0)
