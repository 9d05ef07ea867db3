"""Secrets: ``ENC[handle]`` values, resolved by the executable in ``secret_backend_command``."""

from __future__ import annotations

import json
import re
import stat
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

_HANDLE = re.compile(r"^\s*ENC\[(.+)\]\s*$", re.DOTALL)
_OUTPUT_LIMIT = 2**20


class SecretError(ValueError):
    """A secret could not be resolved; the message names its handle and the reason, never its value."""


class _Settings(Protocol):
    def text(self, key: str) -> str: ...
    def strings(self, key: str) -> list[str]: ...
    def number(self, key: str) -> float: ...


def resolve_secrets(tree: Any, settings: _Settings) -> Any:
    """``tree`` with every whole-string ``ENC[handle]`` replaced; raises SecretError for any that fails."""
    handles = sorted(_handles(tree))
    if not handles:
        return tree
    command = settings.text("secret_backend_command")
    if not command:
        raise SecretError(
            f"ENC[{handles[0]}] needs secret_backend_command, the absolute path of a program that "
            f"knows secrets"
        )
    secrets = _ask(
        [command, *settings.strings("secret_backend_arguments")],
        handles,
        settings.number("secret_backend_timeout"),
    )
    return _replace(tree, secrets)


def _handles(tree: Any) -> set[str]:
    if isinstance(tree, Mapping):
        return set().union(*(_handles(value) for value in tree.values()))
    if isinstance(tree, list):
        return set().union(*(_handles(value) for value in tree))
    match = _HANDLE.match(tree) if isinstance(tree, str) else None
    return {match.group(1)} if match else set()


def _replace(tree: Any, secrets: Mapping[str, str]) -> Any:
    if isinstance(tree, Mapping):
        return {key: _replace(value, secrets) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_replace(value, secrets) for value in tree]
    match = _HANDLE.match(tree) if isinstance(tree, str) else None
    return secrets[match.group(1)] if match else tree


def _ask(command: list[str], handles: list[str], timeout: float) -> dict[str, str]:
    _require_private(Path(command[0]))
    question = json.dumps({"version": "1.1", "secrets": handles, "secret_backend_timeout": int(timeout)})
    try:
        done = subprocess.run(
            command, input=question.encode(), capture_output=True, timeout=timeout, check=True
        )
        if len(done.stdout) > _OUTPUT_LIMIT:
            raise SecretError(f"secret_backend_command {command[0]} wrote more than {_OUTPUT_LIMIT} bytes")
        answers = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise SecretError(f"secret_backend_command {command[0]} failed: {error}") from error
    if not isinstance(answers, dict):
        raise SecretError(f"secret_backend_command {command[0]} wrote no JSON object of handles and values")
    return {handle: _value(handle, answers.get(handle)) for handle in handles}


def _require_private(program: Path) -> None:
    try:
        mode = program.stat().st_mode
    except OSError as error:
        raise SecretError(f"secret_backend_command {program}: {error.strerror}") from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise SecretError(f"secret_backend_command {program} is open to other users; run chmod 700 {program}")


def _value(handle: str, answer: Any) -> str:
    if not isinstance(answer, dict):
        raise SecretError(f"ENC[{handle}]: the secret backend does not know this handle")
    if answer.get("error") or not answer.get("value"):
        raise SecretError(f"ENC[{handle}]: {answer.get('error') or 'the secret backend gave an empty value'}")
    return str(answer["value"])
