"""Terraform files of an exported folder: one for each kind."""

from __future__ import annotations

from pathlib import Path

from heeler.importers.progress import Report
from heeler.importers.request_bodies import skip_reason
from heeler.importers.source import Stored, stored_in
from heeler.importers.terraform import PERMISSIONS, PROVIDER, local_names, resource


def write_terraform(exported: Path, folder: Path) -> Report:
    """Write ``<kind>.tf`` for the resources in ``exported``; the report lists kinds without a resource
    type.
    """
    report = Report()
    stored: dict[str, list[tuple[Stored, str]]] = {}
    labels: dict[str, list[tuple[str, str]]] = {}
    for one in stored_in(exported):
        item, kind = one.read(), one.kind
        if (reason := skip_reason(kind.name, item)) is not None:
            report.add(kind.name, "skipped", kind.identity(item), kind.label(item), reason)
            continue
        stored.setdefault(kind.name, []).append((one, kind.identity(item)))
        labels.setdefault(kind.name, []).append((kind.identity(item), kind.label(item)))
    names = local_names(labels)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "provider.tf").write_text(PROVIDER + ("\n" + PERMISSIONS if "roles" in stored else ""), "utf-8")
    for name, items in stored.items():
        texts = []
        for one, id_ in items:
            text = resource(name, id_, one.read(), names)
            if text is None:
                reason = "The provider has no resource type for it, or Heeler does not write it"
                report.add(name, "skipped", id_, names[name, id_], reason)
            else:
                texts.append(text)
                report.add(name, "created")
        if texts:
            (folder / f"{name}.tf").write_text("\n".join(texts), "utf-8")
    return report
