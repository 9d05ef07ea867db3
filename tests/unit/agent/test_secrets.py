"""``ENC[handle]`` and the program that knows the secrets."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from heeler.agent.config import Config
from heeler.agent.secrets import SecretError, resolve_secrets


def backend(tmp_path: Path, body: str, **settings: object) -> Config:
    """Settings with a program that runs ``body``, with the request's document as ``asked``."""
    program = tmp_path / "backend"
    program.write_text(f"#!{sys.executable}\nimport json, sys\nasked = json.load(sys.stdin)\n{body}\n")
    program.chmod(0o700)
    return Config(tmp_path, {"secret_backend_command": str(program), **settings})


ECHO = "print(json.dumps({one: {'value': 'secret of ' + one, 'error': None} for one in asked['secrets']}))"


def test_every_whole_text_is_replaced(tmp_path: Path) -> None:
    tree = {
        "password": "ENC[db]",
        "list": ["ENC[a]", " ENC[b] ", 5, None],
        "plain": "see ENC[db]",
        "n": {"ENC[key]": True},
    }
    assert resolve_secrets(tree, backend(tmp_path, ECHO)) == {
        "password": "secret of db",
        "list": ["secret of a", "secret of b", 5, None],
        "plain": "see ENC[db]",
        "n": {"ENC[key]": True},
    }


def test_handles_are_asked_for_once(tmp_path: Path) -> None:
    said = tmp_path / "asked"
    config = backend(
        tmp_path,
        f"open({str(said)!r}, 'a').write(json.dumps(asked) + '\\n')\n{ECHO}",
        secret_backend_timeout=7,
    )
    resolve_secrets({"a": "ENC[x]", "b": ["ENC[x]", "ENC[y]"]}, config)
    (line,) = said.read_text().splitlines()
    assert json.loads(line) == {"version": "1.1", "secrets": ["x", "y"], "secret_backend_timeout": 7}


def test_arguments_are_passed_on(tmp_path: Path) -> None:
    config = backend(
        tmp_path,
        "print(json.dumps({'x': {'value': ' '.join(sys.argv[1:])}}))",
        secret_backend_arguments=["--from", "vault"],
    )
    assert resolve_secrets("ENC[x]", config) == "--from vault"


def test_nothing_is_run_without_handles(tmp_path: Path) -> None:
    tree = {"a": [1, "text"], "b": None}
    assert resolve_secrets(tree, Config(tmp_path, {})) == tree


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("print('{}')", "does not know this handle"),
        ("print(json.dumps({'x': {'value': ''}}))", "empty value"),
        ("print(json.dumps({'x': {'value': None, 'error': 'vault is sealed'}}))", "vault is sealed"),
        ("print(json.dumps({'x': 'text'}))", "does not know this handle"),
        ("print('no json')", "failed"),
        ("print('[1]')", "no JSON object"),
        ("print('null')", "no JSON object"),
        ("sys.exit(3)", "failed"),
        ("import time; time.sleep(60)", "failed"),
        ("print('x' * (3 << 20))", "more than"),
    ],
)
def test_a_program_that_fails_is_named_and_no_secret_is(tmp_path: Path, body: str, reason: str) -> None:
    with pytest.raises(SecretError, match=reason):
        resolve_secrets({"a": "ENC[x]"}, backend(tmp_path, body, secret_backend_timeout=1))


def test_one_that_fails_fails_all_and_shows_nothing_of_the_others(tmp_path: Path) -> None:
    config = backend(tmp_path, "print(json.dumps({'good': {'value': 'hidden'}, 'bad': {'error': 'no'}}))")
    with pytest.raises(SecretError) as raised:
        resolve_secrets(["ENC[good]", "ENC[bad]"], config)
    assert "ENC[bad]" in str(raised.value)
    assert "hidden" not in str(raised.value)


def test_without_a_program(tmp_path: Path) -> None:
    with pytest.raises(SecretError, match=r"ENC\[x\] needs secret_backend_command"):
        resolve_secrets("ENC[x]", Config(tmp_path, {}))


@pytest.mark.parametrize("mode", [0o755, 0o750, 0o704, 0o720])
def test_a_program_of_others_is_not_run(tmp_path: Path, mode: int) -> None:
    config = backend(tmp_path, ECHO)
    Path(config.text("secret_backend_command")).chmod(mode)
    with pytest.raises(SecretError, match="chmod 700"):
        resolve_secrets("ENC[x]", config)


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SecretError, match="No such file"):
        resolve_secrets("ENC[x]", Config(tmp_path, {"secret_backend_command": str(tmp_path / "nowhere")}))


def test_values_of_other_kinds_become_text(tmp_path: Path) -> None:
    tree: Any = resolve_secrets("ENC[x]", backend(tmp_path, "print(json.dumps({'x': {'value': 5}}))"))
    assert tree == "5"
