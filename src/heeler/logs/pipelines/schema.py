"""Schema processor: maps attributes to the OCSF schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from heeler.logs.matcher import compile_search
from heeler.logs.pipelines import paths
from heeler.logs.pipelines.document import Document, DocumentError, list_in, object_in, objects_in, text_of
from heeler.wire.logs.datadog import LogEntry

Outcome = bool | str | None
Run = Callable[[LogEntry], Outcome]


def schema_processor(document: Document, remapper: Callable[[Document], Run]) -> Run:
    """Runs its mappers in order: remappers, and categories that set an id and a name."""
    text_of(document, "name")
    schema = document.get("schema")
    if not isinstance(schema, Mapping):
        raise DocumentError("Invalid schema-processor: 'schema' is required.")
    runs: list[Run] = []
    for mapper in list_in(document, "mappers"):
        kind = mapper.get("type") if isinstance(mapper, Mapping) else None
        if kind == "schema-remapper":
            runs.append(remapper({**mapper, "type": "attribute-remapper"}))
        elif kind == "schema-category-mapper":
            runs.append(_categories(mapper))
        else:
            raise DocumentError(
                "Invalid schema-processor: mappers are schema-remapper or schema-category-mapper."
            )

    def run(entry: LogEntry) -> Outcome:
        found = {"class_uid": schema.get("class_uid"), "class_name": schema.get("class_name")}
        for name, value in found.items():
            if value is not None:
                paths.write(entry.attributes, f"ocsf.{name}", value)
        outcomes = [one(entry) for one in runs]
        return next((one for one in outcomes if isinstance(one, str)), True)

    return run


def _categories(mapper: Document) -> Run:
    targets = object_in(mapper, "targets")
    id_path, name_path = text_of(targets, "id", ""), text_of(targets, "name", "")
    tests = [
        (compile_search(text_of(object_in(one, "filter"), "query", "*")), one.get("id"), text_of(one, "name"))
        for one in objects_in(mapper, "categories")
    ]
    fallback = object_in(mapper, "fallback")
    other = (fallback.get("id", 99), str(fallback.get("name", "Other")))

    def run(entry: LogEntry) -> Outcome:
        number, name = next(((number, name) for test, number, name in tests if test(entry)), other)
        for path, value in ((id_path, number), (name_path, name)):
            if path:
                paths.write(entry.attributes, path, value)
        return True

    return run
