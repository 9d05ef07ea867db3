"""``heeler import`` and ``heeler export``: migration from and to another organization."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from heeler.cli.common import data_option, read_settings, run, table
from heeler.cli.target import ANY_ADDRESS, target_api

if TYPE_CHECKING:
    from heeler.importers.client import HttpApi
    from heeler.importers.kinds import Kind
    from heeler.importers.progress import Progress, Report
    from heeler.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])
_folder = click.Path(file_okay=False, path_type=Path)


def _kind_options(function: F) -> F:
    function = click.option("--skip", multiple=True, help="Leave this kind out (may be repeated).")(function)
    return click.option("--only", multiple=True, help="Only this kind (may be repeated), as dashboards.")(
        function
    )


def _kinds(only: tuple[str, ...], skip: tuple[str, ...]) -> list[Kind]:
    from heeler.importers.kinds import BY_NAME, KINDS

    unknown = [name for name in (*only, *skip) if name not in BY_NAME]
    if unknown:
        raise click.ClickException(f"Unknown kinds: {', '.join(unknown)}. There are {', '.join(BY_NAME)}")
    chosen = [kind for kind in KINDS if (not only or kind.name in only) and kind.name not in skip]
    if not chosen:
        raise click.ClickException("--only and --skip leave no kind")
    return chosen


@click.group("import")
def import_command() -> None:
    """Bring an organization here."""


@import_command.command("datadog")
@click.option("--site", help="Site of the organization, such as datadoghq.eu or us5.datadoghq.com.")
@click.option("--url", help="Address of the API, in place of --site; also of another Heeler.")
@click.option("--api-key", envvar="DD_SOURCE_API_KEY", help="API key of the source (DD_SOURCE_API_KEY).")
@click.option("--app-key", envvar="DD_SOURCE_APP_KEY", help="Its application key (DD_SOURCE_APP_KEY).")
@click.option("--folder", type=_folder, help="Read a folder that `heeler export` or datadog-sync-cli wrote.")
@click.option("--source", help="Name under which ids are mapped (by default address or folder).")
@click.option("--work", type=_folder, help="Keep what is read in this folder, to go on there later.")
@_kind_options
@click.option("--dry-run", is_flag=True, help="Only show what would be created, changed and refused.")
@click.option(
    "--report", "report_file", type=click.Path(dir_okay=False, path_type=Path), help="Write it as JSON."
)
@click.option("--to", "to_url", help="Address of the Heeler to import into (by default the one of --data).")
@click.option("--to-api-key", envvar="HEELER_API_KEY", help="Its API key (HEELER_API_KEY).")
@click.option("--to-app-key", envvar="HEELER_APP_KEY", help="Its application key (HEELER_APP_KEY).")
@data_option
def import_datadog(only: tuple[str, ...], skip: tuple[str, ...], **given: Any) -> None:
    """Import dashboards, monitors, SLOs, notebooks, users, teams and more, in dependency order.

    Run it again to go on after an interruption or to bring what changed since; nothing is created twice. Ends
    with 1 when something could not be imported.
    """
    report = run(_import(_kinds(only, skip), read_settings(given["data_dir"]), given))
    click.echo(report_text(report))
    if given["report_file"]:
        try:
            given["report_file"].write_text(json.dumps(report.as_json(), indent=1) + "\n", "utf-8")
        except OSError as error:
            raise click.ClickException(f"The report could not be written: {error}") from error
    if report.failed:
        sys.exit(1)


async def _import(kinds: list[Kind], settings: Settings, given: dict[str, Any]) -> Report:
    from heeler.importers.client import ApiProblem
    from heeler.importers.exporter import source_of
    from heeler.importers.id_map import IdMap
    from heeler.importers.importer import Importer
    from heeler.importers.source import SourceError

    try:
        async with target_api(settings, given["to_url"], given["to_api_key"], given["to_app_key"]) as target:
            with tempfile.TemporaryDirectory() as temporary, _Line() as line:
                folder, read = given["folder"], None
                if folder is None:
                    source = _source_api(given)
                    folder = given["work"] or Path(temporary)
                    read = await _read(source, folder, kinds, line)
                name = given["source"] or source_of(folder) or f"folder:{folder.absolute().name}"
                importer = Importer(
                    target, IdMap(target, name[:200]), line, time.time,
                    origin=str((await target.request("GET", "/api/ui/imports"))["url"]),
                    source_origins=(name,) if name.startswith("http") else (),
                    dry_run=given["dry_run"],
                )  # fmt: skip
                report = await importer.run(folder, kinds)
                if read is not None:
                    _join(report, read)
                return report
    except (ApiProblem, SourceError, OSError) as problem:
        raise click.ClickException(str(problem)) from problem


def _join(report: Report, read: Report) -> None:
    report.not_imported, report.unlisted = read.not_imported, read.unlisted
    report.problems_left_out += read.problems_left_out
    for one in read.problems:
        report.add(one["kind"], "failed", one["id"], one["name"], one["reason"])


async def _read(source: HttpApi, folder: Path, kinds: list[Kind], line: _Line) -> Report:
    from heeler.importers.client import ApiProblem
    from heeler.importers.exporter import export

    read = await export(source, folder, source.url, kinds, line, time.time)
    if len(read.unlisted) == len(kinds):
        raise ApiProblem(0, f"Nothing could be read from {source.url}. {read.unlisted[0]['reason']}")
    return read


def _source_api(given: dict[str, Any]) -> HttpApi:
    from heeler.importers.client import HttpApi

    if not given["url"] and not given["site"]:
        raise click.ClickException("Say where from: --site, --url or --folder")
    url = given["url"] or f"https://api.{given['site'].removeprefix('https://').removeprefix('api.')}"
    if not given["api_key"] or not given["app_key"]:
        raise click.ClickException(
            f"Keys of {url} are needed: --api-key and --app-key, or DD_SOURCE_API_KEY and DD_SOURCE_APP_KEY"
        )
    return HttpApi(url.rstrip("/"), given["api_key"], given["app_key"], private_targets=ANY_ADDRESS)


@click.command("export")
@click.argument("folder", type=_folder)
@click.option(
    "--format", "form", type=click.Choice(["json", "terraform"]), default="json", show_default=True,
    help="JSON of the public API, or configuration for Terraform's datadog provider.",
)  # fmt: skip
@_kind_options
@click.option("--from", "from_url", help="Address of the server to export (by default the one of --data).")
@click.option("--api-key", envvar="HEELER_API_KEY", help="Its API key (HEELER_API_KEY).")
@click.option("--app-key", envvar="HEELER_APP_KEY", help="Its application key (HEELER_APP_KEY).")
@data_option
def export_command(
    folder: Path, form: str, only: tuple[str, ...], skip: tuple[str, ...], **given: Any
) -> None:
    """Export dashboards, monitors, SLOs, notebooks, users, teams and more into FOLDER."""
    report = run(_export(folder, form, _kinds(only, skip), read_settings(given["data_dir"]), given))
    click.echo(report_text(report, created="WRITTEN", more_in=""))
    if report.failed:
        sys.exit(1)


async def _export(
    folder: Path, form: str, kinds: list[Kind], settings: Settings, given: dict[str, Any]
) -> Report:
    from heeler.importers.client import ApiProblem
    from heeler.importers.source import SourceError
    from heeler.importers.terraform_files import write_terraform

    try:
        async with target_api(settings, given["from_url"], given["api_key"], given["app_key"]) as api:
            with tempfile.TemporaryDirectory() as temporary, _Line() as line:
                report = await _read(api, folder if form == "json" else Path(temporary), kinds, line)
                if form == "terraform":
                    read, report = report, write_terraform(Path(temporary), folder)
                    _join(report, read)
                return report
    except (ApiProblem, SourceError, OSError) as problem:
        raise click.ClickException(str(problem)) from problem


class _Line:
    """Progress line ``Importing 120 of 1,340 (9 %), 41 a second, 30 s left``, on a terminal only."""

    def __init__(self) -> None:
        self._visible, self._shown = sys.stderr.isatty(), 0.0

    def __call__(self, progress: Progress) -> None:
        now = time.time()
        if self._visible and (now - self._shown > 0.2 or progress.done == progress.total):
            self._shown = now
            print(f"\r\x1b[K{progress_text(progress, now)}", end="", file=sys.stderr, flush=True)

    def __enter__(self) -> _Line:
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def progress_text(progress: Progress, now: float) -> str:
    share = progress.done / progress.total if progress.total else 1.0
    left = progress.seconds_left(now)
    end = "" if left is None or progress.done == progress.total else f", {left:.0f} s left"
    return (
        f"{progress.phase} {progress.done:,} of {progress.total:,} ({share:.0%}), "
        f"{progress.rate(now):.0f} a second{end}"
    )


def report_text(
    report: Report, created: str = "CREATED", most: int = 40, more_in: str = "; --report FILE has more"
) -> str:
    """Table of counts by kind, then the resources that failed, with reasons. ``more_in``: where the others
    are. Control characters in names, which may be of others, become spaces.
    """
    from heeler.importers.kinds import BY_NAME
    from heeler.importers.progress import OUTCOMES

    rows: list[tuple[str, ...]] = [("KIND", created, *(name.upper() for name in OUTCOMES[1:]))]
    rows += [
        (BY_NAME[name].title, *(f"{counts[one]:,}" for one in OUTCOMES))
        for name, counts in report.counts.items()
    ]
    lines = ["Dry run: nothing was changed." if report.dry_run else "", table(rows)]
    lines += [
        f"{one['outcome']}: {BY_NAME[one['kind']].title} {one['name'] or one['id']}: {one['reason']}"
        for one in report.problems[:most]
    ]
    more = len(report.problems) - most + report.problems_left_out
    if more > 0:
        lines.append(f"... and {more:,} more{more_in}")
    lines += [
        f"Not imported: {one['count']:,} {one['title']}: {one['reason']}" for one in report.not_imported
    ]
    lines += [f"Not listed by the source: {one['title']}: {one['reason']}" for one in report.unlisted]
    first, counts, *rest = lines
    return "\n".join(line for line in (first, counts, *map(_printable, rest)) if line)


def _printable(text: str) -> str:
    """Text that neither steers a terminal nor fails to be written to one."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
