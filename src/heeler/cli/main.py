"""Entry point of the ``heeler`` command: one module a group, imported only when the group is invoked."""

from __future__ import annotations

import importlib

import click

from heeler import __version__

_GROUPS = {
    "up": ("heeler.cli.up", "Run server and agent for one machine."),
    "serve": ("heeler.cli.serve", "Run the server: intake, API, pages, monitors."),
    "agent": ("heeler.cli.agent", "Collect on this machine: checks, DogStatsD, traces, logs."),
    "env": ("heeler.cli.env", "Print what points each client here."),
    "doctor": ("heeler.cli.doctor", "Find what is wrong and say what to do."),
    "backup": ("heeler.cli.backup", "Back up, verify and restore."),
    "import": ("heeler.cli.move", "Bring an organization here from Datadog, or from another Heeler."),
    "export": ("heeler.cli.move", "Export dashboards, monitors, users and more: JSON, Terraform."),
    "store": ("heeler.cli.store", "Look after the telemetry store."),
    "keys": ("heeler.cli.keys", "See, make and revoke keys."),
    "users": ("heeler.cli.users", "See, make and disable users."),
}

#: Command names of modules that have several.
_NAMES = {"import": "import_command", "export": "export_command"}


class _Lazy(click.Group):
    def list_commands(self, _: click.Context) -> list[str]:
        return list(_GROUPS)

    def get_command(self, _: click.Context, name: str) -> click.Command | None:
        if name not in _GROUPS:
            return None
        module = importlib.import_module(_GROUPS[name][0])
        command: click.Command = getattr(module, _NAMES.get(name, "command"))
        return command


@click.group(cls=_Lazy)
@click.version_option(__version__, prog_name="heeler")
def main() -> None:
    """Heeler: metrics, dashboards, monitors, APM and logs for the clients you already have."""
