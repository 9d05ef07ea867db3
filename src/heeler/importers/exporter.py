"""Exports an organization into a folder of JSON documents of the public API."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from heeler.importers.client import Api, ApiProblem
from heeler.importers.kinds import NOT_IMPORTED, Kind
from heeler.importers.progress import Progress, Report, Show
from heeler.importers.source import MANIFEST, Expander, file_of, listed, read_json, write_json

Object = dict[str, Any]


async def export(
    api: Api, folder: Path, source: str, kinds: Iterable[Kind], show: Show, clock: Callable[[], float]
) -> Report:
    """Write the resources of ``kinds`` below ``folder`` and remove those that no longer exist in the source.

    A resource whose list has a modification time is not read again until that changes, so an interrupted
    export resumes. A kind that cannot be listed is noted in the report.
    """
    report, expander = Report(), Expander(api)
    for kind in kinds:
        try:
            items = [item async for item in listed(api, kind, clock())]
        except ApiProblem as problem:
            report.unlisted.append({"kind": kind.name, "title": kind.title, "reason": str(problem)})
            continue
        progress = Progress(f"Reading {kind.title.lower()}", 0, len(items), clock())
        kept: set[Path] = set()
        for item in items:
            show(progress)
            if await _save(expander, kind, item, folder, report):
                kept.add(file_of(folder, kind, kind.identity(item)))
            progress.done += 1
        show(progress)
        await asyncio.to_thread(_remove_others, folder, kind, kept)
    await _count_what_cannot_come(api, report)
    manifest = {"source": source, "exported_at": int(clock()), "counts": report.counts}
    await asyncio.to_thread(write_json, folder / MANIFEST, manifest)
    return report


async def _save(expander: Expander, kind: Kind, item: Object, folder: Path, report: Report) -> bool:
    """Write the resource; False if there is none. The file of an earlier export stays where reading fails."""
    id_ = kind.identity(item)
    path, modified = file_of(folder, kind, id_), kind.modified(item)
    if modified != "" and await asyncio.to_thread(_has, path, kind, modified):
        report.add(kind.name, "unchanged")
        return True
    try:
        whole = await expander.whole(kind, item)
    except (ApiProblem, KeyError, TypeError) as problem:
        report.add(kind.name, "failed", id_, kind.label(item), str(problem))
        return True
    if whole is None:
        return False
    await asyncio.to_thread(write_json, path, whole)
    report.add(kind.name, "created")
    return True


def _has(path: Path, kind: Kind, modified: str) -> bool:
    try:
        return kind.modified(json.loads(path.read_bytes())) == modified
    except (OSError, ValueError):
        return False


def _remove_others(folder: Path, kind: Kind, kept: set[Path]) -> None:
    """Remove stale files, only in a folder that an export wrote: other files are never deleted."""
    if (folder / MANIFEST).is_file():
        for path in (folder / kind.name).glob("*.json"):
            if path not in kept:
                path.unlink()


async def _count_what_cannot_come(api: Api, report: Report) -> None:
    for title, path, items, reason in NOT_IMPORTED:
        try:
            count = len(items(await api.request("GET", path)))
        except (ApiProblem, KeyError, TypeError):
            continue  # the source lacks the product, or the key may not access it
        if count:
            report.not_imported.append({"title": title, "count": count, "reason": reason})


def source_of(folder: Path) -> str | None:
    """Source recorded by the export in ``folder``; None for folders of other tools."""
    path = folder / MANIFEST
    found = read_json(path) if path.is_file() else None
    return str(found["source"]) if isinstance(found, dict) and found.get("source") else None
