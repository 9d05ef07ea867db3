"""Writes the parts of the documentation that come from the code: endpoints, settings, commands, the index."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

import click
from tools.agent_settings_page import agent_settings_page
from tools.api_page import api_page
from tools.limits_page import limits_page
from tools.permissions_page import permissions_page

import heeler.settings
from heeler.cli.main import main

DOCS = Path(__file__).parents[1] / "docs"

_BESIDE = """\
## Variables of other parts

| variable | what it does |
|---|---|
| `HEELER_AGENT_CONFIG` | the agent's folder with `datadog.yaml`, `conf.d` and `checks.d`; when not set, \
the one that `heeler up` made, then `/etc/datadog-agent`, then `~/.config/heeler-agent` |
| `HEELER_UI` | what a missing build of the web app means at installation: `auto`, `require` or `skip` |
| `HEELER_UI_DEV` | `1` installs what the web app's checks need along with what its build needs |
| `HEELER_UI_OUT` | where the installation puts the built web app; set by the build itself |
| `HEELER_TEST_WORKERS` | how many processes `make test` runs its tests in (2) |
| `HEELER_TEST_INSTALL` | `0` keeps `make test` from installing a browser and databases on Debian as root |
| `HEELER_TEST_MONGODB` | the address of a MongoDB server for the tests of that integration; when not set, a \
`mongod` on the PATH, then FerretDB, which `tools/ferretdb.sh` builds where Go is installed |
| `HEELER_FERRETDB_SECONDS` | how long that may take (600) |
| `HEELER_FERRETDB_WAIT` | for how long a test waits for it before it is skipped (60) |

The agent itself is configured like a Datadog Agent: `datadog.yaml` and `DD_*` variables.
"""


def settings_page() -> str:
    """Every setting of the server with its meaning and default."""
    rows = [f"| `{name}` | {meaning} | {default} |" for name, meaning, default in documented_settings()]
    return "\n".join(
        [
            "# Settings of the server",
            "",
            "Flags win over variables, variables over defaults. Sizes are bytes. This page is written by",
            "`make reference` from `src/heeler/settings.py`.",
            "",
            "| variable | meaning | default |",
            "|---|---|---|",
            *rows,
            "",
            _BESIDE,
        ]
    )


def documented_settings() -> Iterator[tuple[str, str, str]]:
    """Name, meaning and default of each, from the text below each field."""
    tree = ast.parse(inspect.getsource(heeler.settings))
    settings = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Settings")
    default = ""
    for node in settings.body:
        if isinstance(node, ast.AnnAssign):
            default = _default(node.value)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            match = re.match(r"``(HEELER_\w+)``:?\s*(.*)", str(node.value.value), re.DOTALL)
            if match:
                if match[1] == "HEELER_LISTEN":
                    default = "`127.0.0.1:8124`"
                meaning = " ".join(match[2].split()).replace("``", "`")
                yield match[1], meaning, default


def _default(node: ast.expr | None) -> str:
    if node is None or isinstance(node, ast.Call):
        return ""
    value = eval(compile(ast.Expression(node), "settings", "eval"), {})  # noqa: S307 - our own constants
    return f"`{value}`" if value not in ("", None) else ""


def cli_page() -> str:
    """The help of every command."""
    parts = [
        "# Commands",
        "",
        "Every command tells its options with `--help`. This page is written by `make reference`.",
        "",
    ]
    for path, command in commands(main, ("heeler",)):
        context = click.Context(command, info_name=" ".join(path), terminal_width=100, max_content_width=100)
        parts += [
            f"{'#' * min(len(path) + 1, 4)} `{' '.join(path)}`",
            "",
            "```",
            _help(command, context),
            "```",
            "",
        ]
    return "\n".join(parts)


def _help(command: click.Command, context: click.Context) -> str:
    return "\n".join(line.rstrip() for line in textwrap.dedent(command.get_help(context)).splitlines())


def commands(
    command: click.Command, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command with the words that call it."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            if found is not None:
                yield from commands(found, (*path, name))


def index_page() -> str:
    """Every page of the documentation by its own title."""
    parts = [
        "# Documentation",
        "",
        "This list is written by `make reference` from the titles of the pages.",
        "",
    ]
    parts += [_entry(DOCS / "guide" / "README.md")]
    parts += [_entry(page) for page in sorted(DOCS.glob("*.md")) if page.name != "README.md"]
    parts += ["", "## Why it is built so", ""]
    parts += [_entry(page) for page in sorted((DOCS / "decisions").glob("*.md"))]
    return "\n".join([*parts, ""])


def _entry(page: Path) -> str:
    title = page.read_text().partition("\n")[0].lstrip("# ").strip()
    return f"- [{title}]({page.relative_to(DOCS)})"


PAGES = {
    "agent-settings.md": agent_settings_page,
    "api.md": api_page,
    "settings.md": settings_page,
    "cli.md": cli_page,
    "limits.md": limits_page,
    "permissions.md": permissions_page,
    "README.md": index_page,
}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (DOCS / name).write_text(page())
        print(f"docs/{name}")
