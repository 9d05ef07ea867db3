"""``heeler agent configcheck``: every check configuration as parsed by the agent, with secrets scrubbed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from heeler.agent.collector.check_configs import Configurations

_SECRET = re.compile(
    r"(pass(word|wd|phrase)?|secret|token|(api|app|auth|priv|private|access|encryption|account)_?key|credential"
    r"|community|authorization)",
    re.IGNORECASE,
)
_IN_URL = re.compile(r"(?<=://)([^:@/\s]*):[^/\s]+@")
_PEM = re.compile(r"-----BEGIN [^-]+-----.*?-----END [^-]+-----", re.DOTALL)


def scrub(tree: Any, key: str = "") -> Any:
    """Return ``tree`` without passwords, keys, tokens, and passwords in URLs.

    All that is below a name of secrets is one, numbers too.
    """
    if isinstance(tree, Mapping):
        secret = bool(_SECRET.search(key))
        return {name: scrub(value, key if secret else str(name)) for name, value in tree.items()}
    if isinstance(tree, list):
        return [scrub(value, key) for value in tree]
    if _SECRET.search(key) and tree and not isinstance(tree, bool):
        keeps_end = isinstance(tree, str) and "key" in key.lower() and len(tree) > 10
        return "*" * 8 + (tree[-5:] if keeps_end else "")
    return scrub_urls(tree) if isinstance(tree, str) else tree


def scrub_urls(text: str) -> str:
    """Return ``text`` without passwords in URLs and without PEM blocks."""
    return _PEM.sub("********", _IN_URL.sub(r"\1:********@", text))


def as_json(found: Configurations, name: str = "") -> dict[str, Any]:
    return {
        "configs": [
            {
                "check_name": entry.name,
                "instance_id": entry.check_id,
                "provider": "file",
                "source": entry.source,
                "init_config": scrub(dict(entry.init_config)),
                "instance": scrub(dict(entry.instance)),
            }
            for entry in found.instances
            if not name or entry.name == name
        ],
        "errors": found.errors,
        "notes": found.notes,
    }


def render(found: Configurations, name: str = "") -> Iterator[str]:
    if found.errors:
        yield "=== Configuration errors ==="
        yield from (f"{path}: {reason}" for path, reason in found.errors.items())
        yield ""
    for entry in found.instances:
        if name and entry.name != name:
            continue
        yield f"=== {entry.name} check ==="
        yield "Configuration provider: file"
        yield f"Configuration source: {entry.source}"
        yield f"Config for instance ID: {entry.check_id}"
        yield yaml.safe_dump(scrub(dict(entry.instance)), sort_keys=False).rstrip()
        yield "~"
        if entry.init_config:
            yield "Init Config:"
            yield yaml.safe_dump(scrub(dict(entry.init_config)), sort_keys=False).rstrip()
        yield "==="
        yield ""
    yield from (f"{path} is left out: {reason}" for path, reason in found.notes.items())
