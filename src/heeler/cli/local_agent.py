"""The local agent started by ``heeler up``: its folder, configuration and process."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from heeler.settings import Settings

_TEMPLATE = """\
# Configuration of this machine's agent, made by `heeler up`. Every setting of datadog.yaml may stand here.
# `heeler up` gives the agent its own server's address and a key that the server knows.
api_key: "{key}"
dd_url: {url}

# Tags of this host, for the host map and for every metric, for example:
# tags:
#   - env:dev
#   - team:web

# What runs on this machine, on the page "Processes":
process_config:
  process_collection:
    enabled: true

# Ports for applications on this machine:
# dogstatsd_port: 8125
# apm_config:
#   receiver_port: 8126
"""


def agent_folder(settings: Settings) -> Path:
    """Folder of ``datadog.yaml``, ``conf.d`` and ``checks.d``."""
    return settings.data_dir / "agent"


def config_file(settings: Settings) -> Path:
    return agent_folder(settings) / "datadog.yaml"


def read_config(settings: Settings) -> dict[str, Any]:
    """Parsed configuration file of the agent; empty if absent or invalid (the agent reports the error)."""
    try:
        tree = yaml.safe_load(config_file(settings).read_text())
    except (OSError, yaml.YAMLError):
        return {}
    return tree if isinstance(tree, dict) else {}


def agent_port(config: dict[str, Any], kind: str) -> int:
    """Port of ``statsd`` or ``trace``."""
    trace = config.get("apm_config")
    value = (
        config.get("dogstatsd_port", 8125)
        if kind == "statsd"
        else (trace.get("receiver_port", 8126) if isinstance(trace, dict) else 8126)
    )
    return value if isinstance(value, int) else 0


def write_config(settings: Settings, key: str) -> None:
    """Create the folder, or set key and address in the existing file; the rest of it is unchanged."""
    folder, file = agent_folder(settings), config_file(settings)
    for name in ("conf.d", "checks.d"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    text = file.read_text() if file.exists() else _TEMPLATE.format(key=key, url=settings.url)
    # Unquoted, a key with only digits would be parsed as a number.
    for name, value in (("api_key", f'"{key}"'), ("dd_url", settings.local_url)):
        line = f"{name}: {value}"
        text, replaced = re.subn(rf"^{name}:.*$", line, text, count=1, flags=re.MULTILINE)
        if not replaced:
            text = f"{line}\n{text}"
    if not file.exists() or file.read_text() != text:
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as target:  # noqa: PTH123
            target.write(text)
    file.chmod(0o600)


async def keep_running(settings: Settings, tell: Callable[[str], None]) -> None:
    """Run the agent until canceled; restarts it after an exit with delays of 1, 2, 4 ... up to 60 seconds."""
    pause = 1.0
    while True:
        started = asyncio.get_running_loop().time()
        code = await _run_once(settings)
        if asyncio.get_running_loop().time() - started > 60:
            pause = 1.0
        tell(
            f"The agent ended with code {code}; its logs are in {agent_folder(settings) / 'logs'}. "
            f"It starts again in {pause:.0f} s; the server keeps running."
        )
        await asyncio.sleep(pause)
        pause = min(pause * 2, 60.0)


async def _run_once(settings: Settings) -> int:
    # Only what `heeler up` decides is overridden; the rest of the file and of DD_* remains the user's.
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DD_SITE", "DD_URL", "HEELER_API_KEY")
    }
    config = read_config(settings)
    environment |= {"DD_API_KEY": str(config.get("api_key", "")), "DD_DD_URL": settings.local_url}
    environment.setdefault("DD_LOG_TO_CONSOLE", "false")
    if settings.tls_certificate is not None:  # of the configured public name, which is not localhost
        environment["DD_SKIP_SSL_VALIDATION"] = "true"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "heeler", "agent", "--cfgpath", str(agent_folder(settings)), "run",
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    try:
        return await process.wait()
    finally:
        if process.returncode is None:
            process.terminate()
            await _ended(process)


async def _ended(process: asyncio.subprocess.Process) -> None:
    try:
        await asyncio.wait_for(process.wait(), 15)
    except TimeoutError:
        process.kill()
        await process.wait()
