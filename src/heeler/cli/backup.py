"""``heeler backup``: creates, verifies, restores and prunes backups, of a running or a stopped server."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from heeler.cli.common import data_option, read_settings, run, table
from heeler.cli.progress import ProgressLine, human_bytes

if TYPE_CHECKING:
    from heeler.backup.repository import Repository

_folder = click.argument("folder", metavar="FOLDER")
_name = click.option("--name", help="Name of the backup (by default its time in UTC, or the latest).")


@click.group("backup")
def command() -> None:
    """Back up telemetry and configuration, while the server runs too; verify and restore.

    FOLDER is a path, or s3://BUCKET/PREFIX at the S3-compatible store of HEELER_S3_ENDPOINT.
    """


@command.command("create")
@_folder
@_name
@data_option
def create(folder: str, name: str | None, data_dir: str | None) -> None:
    """Back everything up into FOLDER. What an earlier backup there has is not copied again."""
    from dataclasses import asdict

    from heeler.cli.control import through_server_or_here
    from heeler.store.object_storage import S3Access

    settings = read_settings(data_dir)
    where = folder if "://" in folder else str(Path(folder).absolute())
    request: dict[str, Any] = {"command": "backup", "folder": where, "name": name}
    if "://" in folder and settings.s3_access_key_id:
        request["s3"] = asdict(S3Access.of(settings))
    made = run(through_server_or_here(settings, request))
    click.echo(f"Backup {made['name']}: {made['rows']:,} rows, {human_bytes(made['bytes'])}, in {folder}")


@command.command("list")
@_folder
def list_backups(folder: str) -> None:
    """List the complete backups in FOLDER."""
    from heeler.backup.repository import BackupError

    rows: list[tuple[str, ...]] = [("NAME", "CREATED", "VERSION", "ROWS", "SIZE")]
    try:
        manifests = _repository(folder).manifests()
    except BackupError as error:
        raise click.ClickException(str(error)) from error
    for manifest in manifests:
        created = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(manifest.created))
        size = human_bytes(sum(manifest.files.values()))
        rows.append((manifest.name, created, manifest.version, f"{manifest.rows:,}", size))
    click.echo(table(rows))


@command.command("verify")
@_folder
@_name
def verify(folder: str, name: str | None) -> None:
    """Read a backup whole and compare every checksum."""
    from heeler.backup.repository import BackupError

    repository = _repository(folder)
    try:
        manifest = repository.manifest(name)
        with ProgressLine("Verifying") as progress:
            wrong = repository.verify(manifest, progress)
    except BackupError as error:
        raise click.ClickException(str(error)) from error
    if wrong:
        raise click.ClickException(f"Backup {manifest.name} is damaged:\n" + "\n".join(wrong))
    click.echo(f"Backup {manifest.name} is intact: {human_bytes(sum(manifest.files.values()))}")


@command.command("restore")
@_folder
@_name
@data_option
def restore(folder: str, name: str | None, data_dir: str | None) -> None:
    """Restore a backup into an empty data folder (--data), then start the server there."""
    from heeler.backup.repository import BackupError
    from heeler.backup.restore import restore as restore_into
    from heeler.store.engine import EngineError

    target = read_settings(data_dir).data_dir
    repository = _repository(folder)
    try:
        manifest = repository.manifest(name)
        with ProgressLine("Restoring") as progress:
            # From a bucket, each object is read once, and compared then.
            restore_into(repository, manifest, target, verify="://" not in folder, progress=progress)
    except (BackupError, EngineError, OSError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(
        f"Restored {manifest.name} ({manifest.rows:,} rows) into {target}. "
        f"Start it with: heeler serve --data {target}"
    )


@command.command("prune")
@_folder
@click.option("--keep", type=click.IntRange(min=1), required=True, help="How many backups stay.")
def prune(folder: str, keep: int) -> None:
    """Delete all but the latest backups in FOLDER."""
    from heeler.backup.repository import BackupError

    repository = _repository(folder)
    try:
        with repository.locked():
            names, freed = repository.prune(keep)
    except BackupError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"Deleted {len(names)} backups, {human_bytes(freed)}" if names else "Nothing to delete")


def _repository(folder: str) -> Repository:
    from heeler.backup.repository import BackupError, open_repository
    from heeler.store.object_storage import S3Access

    if "://" not in folder and not Path(folder).is_dir():
        raise click.ClickException(f"There is no folder {folder}")
    try:
        return open_repository(folder, lambda: S3Access.of(read_settings(None)))
    except BackupError as error:
        raise click.ClickException(str(error)) from error
