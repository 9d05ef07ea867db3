from __future__ import annotations

import json
import socket
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from heeler.agent.dogstatsd.capture import REQUEST
from heeler.cli.agent_common import command
from heeler.cli.agent_traffic import dogstatsd_capture  # noqa: F401 - registers the commands


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "run").mkdir()
    (tmp_path / "datadog.yaml").write_text("api_key: abc\nhostname: box\n")
    return tmp_path


def run(folder: Path, *arguments: str) -> Result:
    found = CliRunner().invoke(command, ["-c", str(folder), *arguments])
    assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
    return found


def answering(folder: Path, content: bytes) -> threading.Thread:
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(str(folder / "run" / "logs-stream.sock"))
    listening.listen()

    def serve() -> None:
        with listening:
            client, _ = listening.accept()
            with client:
                client.sendall(content)

    thread = threading.Thread(target=serve)
    thread.start()
    return thread


def message(**fields: str) -> bytes:
    whole = {"source": "/var/app.log", "ddsource": "py", "service": "web", "message": "x", **fields}
    return json.dumps(whole).encode() + b"\n"


def test_messages_are_filtered_and_counted(folder: Path) -> None:
    thread = answering(
        folder, message(message="1", service="db") + message(message="2") + message(message="3")
    )
    found = run(folder, "stream-logs", "--service", "web", "--name", "app", "--count", "1")
    thread.join()
    assert [json.loads(line)["message"] for line in found.stdout.splitlines()] == ["2"]


@pytest.mark.parametrize("end", [b'{"source": "cut of', b"\xff\xfe\n", b"nonsense\n"])
def test_a_component_that_ends_within_a_message_is_said(folder: Path, end: bytes) -> None:
    thread = answering(folder, message() + end)
    found = run(folder, "stream-logs")
    thread.join()
    assert found.exit_code == 1
    assert "Error: the logs component ended" in found.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("stream-logs",),
        ("stream-logs", "--count", "-1"),
        ("dogstatsd-stats",),
        ("dogstatsd-capture", "-d", "soon"),
        ("dogstatsd-capture", "-d", ""),
        ("dogstatsd-replay", "-f", "/nonexistent"),
        ("analyze-logs", "/nonexistent"),
    ],
)
def test_what_cannot_be_done_is_an_error_in_a_sentence(folder: Path, arguments: tuple[str, ...]) -> None:
    found = run(folder, *arguments)
    assert found.exit_code != 0
    assert "Error" in found.stderr
    assert not (folder / "run" / REQUEST).exists()


def test_a_capture_is_requested_with_a_path_that_the_agent_finds(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    found = run(folder, "dogstatsd-capture", "-d", "90s", "-p", "mine.jsonl")
    assert found.exit_code == 0
    assert json.loads((folder / "run" / REQUEST).read_text())["path"] == str(folder / "mine.jsonl")
    assert str(folder / "mine.jsonl") in found.stdout


@pytest.mark.parametrize(
    "line", ["x", "[1]", "3", '["a", "b"]', "null", '{"a": 1, "b": 2}', '[null, "a"]', "[" * 100_000]
)
def test_a_file_that_is_no_capture_is_said(folder: Path, line: str) -> None:
    file = folder / "capture"
    file.write_text(line + "\n")
    found = run(folder, "dogstatsd-replay", "-f", str(file))
    assert found.exit_code == 1
    assert "is no capture: line 1" in found.stderr


def test_a_capture_is_sent_as_often_as_asked(folder: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(10)
        port = server.getsockname()[1]
        (folder / "datadog.yaml").write_text(f"api_key: abc\nhostname: box\ndogstatsd_port: {port}\n")
        file = folder / "capture"
        file.write_text('[0, "a:1|c\\n"]\n[0.01, "b:\\u00e9|s\\nc:2|c\\n"]\n')
        found = run(folder, "dogstatsd-replay", "-f", str(file), "-l", "2")
        received = [server.recv(2000).decode() for _ in range(4)]
    assert found.stdout == "6 lines were sent.\n"
    assert received == ["a:1|c\n", "b:é|s\nc:2|c\n"] * 2
