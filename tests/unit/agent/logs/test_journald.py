"""The journal, with a ``journalctl`` that prints what the real one prints."""

from __future__ import annotations

import json
import threading
from pathlib import Path

from heeler.agent.logs.journald import Journal
from heeler.agent.logs.message import Message
from heeler.agent.logs.rules import parse_rules
from heeler.agent.logs.sources import LogSource
from tests.unit.agent.intake import until

ENTRIES = [
    {"__CURSOR": "c1", "MESSAGE": "started", "PRIORITY": "6", "_SYSTEMD_UNIT": "a.service", "_COMM": "a",
     "__REALTIME_TIMESTAMP": "1767323045123456"},
    {"__CURSOR": "c2", "MESSAGE": [102, 255], "PRIORITY": "3", "SYSLOG_IDENTIFIER": "kernel"},
    {"__CURSOR": "c3", "MESSAGE": "secret", "PRIORITY": "6"},
    {"__CURSOR": "c4", "MESSAGE": "other", "_SYSTEMD_UNIT": "b.service"},
]  # fmt: skip


def program(tmp_path: Path) -> str:
    script = tmp_path / "journalctl"
    lines = "\n".join(json.dumps(entry) for entry in ENTRIES)
    script.write_text(
        f"#!/bin/sh\necho \"$@\" >> {tmp_path}/arguments\ncat <<'END'\n{lines}\nEND\nexec sleep 60\n"
    )
    script.chmod(0o755)
    return str(script)


def test_entries_become_messages_that_know_their_cursor(tmp_path: Path) -> None:
    rules = parse_rules([{"type": "exclude_at_match", "name": "n", "pattern": "secret"}], "f")
    source = LogSource(type="journald", units=("a.service",), exclude_units=("b.service",), rules=rules)
    journal = Journal(source, "c0", program(tmp_path), sleep=threading.Event().wait)
    journal.start()
    found: list[Message] = []
    until(lambda: found.extend(journal.take()) or len(found) == 2)
    journal.close()
    assert [(one.text, one.status, one.service, one.cursor) for one in found] == [
        ("started", "info", "a", "c1"),
        ("f\ufffd", "error", "kernel", "c2"),
    ]
    assert found[0].timestamp == 1767323045123
    assert found[0].tags == ("unit:a.service",)
    arguments = (tmp_path / "arguments").read_text()
    assert "--after-cursor=c0" in arguments
    assert "--unit=a.service" in arguments


def test_a_machine_without_journalctl_says_so() -> None:
    journal = Journal(LogSource(type="journald"), "", "no-such-journalctl", sleep=threading.Event().wait)
    journal.start()
    assert journal.problem == "no-such-journalctl is not installed"
    journal.close()
