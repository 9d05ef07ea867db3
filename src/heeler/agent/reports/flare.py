"""``heeler agent flare``: a ZIP archive of logs, state and configuration, with secrets scrubbed."""

from __future__ import annotations

import json
import os
import re
import time
import zipfile
from pathlib import Path

import yaml

from heeler.agent.collector.check_configs import read_configurations
from heeler.agent.config import Config
from heeler.agent.hostname import Hostname
from heeler.agent.reports import configcheck, diagnose
from heeler.agent.reports.status import gather, render_status

_ASSIGNED = re.compile(
    r"""(?i)((?:api|app|application)[_-]?key|password|passwd|token|secret)(['"]?\s*[:=]\s*)"""
    r"""("[^"\n]*"|'[^'\n]*'|[^\s"',}\]]+)"""
)
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}")
_LONGEST_LOG = 10 * 2**20


def write_flare(config: Config, hostname: Hostname, folder: Path) -> Path:
    """Write the archive into ``folder`` and return its path."""
    path = folder / f"heeler-agent-{time.strftime('%Y-%m-%dT%H-%M-%SZ', time.gmtime())}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:

        def add(name: str, text: str) -> None:
            archive.writestr(f"{hostname.name}/{name}", scrub_text(text, config.api_key))

        facts = gather(config, hostname)
        configurations = read_configurations(config)
        add("status.log", render_status(facts))
        add("status.json", json.dumps(facts, indent=2, default=str))
        add("config-check.log", "\n".join(configcheck.render(configurations)))
        add("diagnose.log", diagnose.render(diagnose.diagnose(config)))
        add("runtime_config_dump.yaml", yaml.safe_dump(configcheck.scrub(config.as_tree())))
        names = sorted(name for name in os.environ if name.startswith(("DD_", "HEELER_")))
        scrubbed = (f"{name}={configcheck.scrub(os.environ[name], name)}" for name in names)
        add("envvars.log", "\n".join(scrubbed))
        for file in [*sorted(config.confd.rglob("*.y*ml")), config.directory / "datadog.yaml"]:
            if file.is_file():
                add(f"etc/{_place(file, config)}", _scrubbed_yaml(file))
        for file in [*sorted(config.run_path.glob("*.json")), *sorted(config.run_path.glob("status/*.json"))]:
            add(f"run/{file.name}", file.read_text(errors="replace"))
        for file in sorted(config.log_dir.glob("*.log*")):
            add(f"logs/{file.name}", file.read_text(errors="replace")[-_LONGEST_LOG:])
    path.chmod(0o600)
    return path


def scrub_text(text: str, api_key: str) -> str:
    """Return ``text`` without the API key, values assigned to names of secrets (as in YAML, JSON or a shell),
    bearer tokens, passwords in URLs and PEM blocks.
    """
    if api_key:
        text = text.replace(api_key, f"***************************{api_key[-5:]}")
    return _ASSIGNED.sub(r"\1\2********", _BEARER.sub(r"\1 ********", configcheck.scrub_urls(text)))


def _scrubbed_yaml(file: Path) -> str:
    try:
        return str(yaml.safe_dump(configcheck.scrub(yaml.safe_load(file.read_text())), sort_keys=False))
    except (OSError, yaml.YAMLError) as error:
        return f"# cannot be read: {error}"


def _place(file: Path, config: Config) -> Path:
    inside = file.is_relative_to(config.directory)
    return file.relative_to(config.directory) if inside else Path("conf.d") / file.relative_to(config.confd)
