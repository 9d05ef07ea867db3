"""Array processors."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping

from heeler.logs.pipelines import paths
from heeler.logs.pipelines.document import Document, DocumentError, flag, list_in, text_of
from heeler.wire.logs.datadog import LogEntry

Outcome = bool | str | None
Run = Callable[[LogEntry], Outcome]
#: Maximum number of elements processed by an array-map processor.
MAX_ELEMENTS = 50
_SUB = ("attribute-remapper", "string-builder-processor", "arithmetic-processor", "category-processor")


def array_processor(document: Document) -> Run:
    operation = document.get("operation")
    if not isinstance(operation, Mapping):
        raise DocumentError("Invalid array-processor: 'operation' is required.")
    kind = text_of(operation, "type")
    make = {"append": _append, "length": _length, "select": _select, "key-value": _key_value}.get(kind)
    if make is None:
        known = "append, length, select, key-value"
        raise DocumentError(f"Unknown operation {kind[:50]!r} of array-processor. Supported: {known}.")
    return make(operation)


def _append(operation: Document) -> Run:
    source, target = text_of(operation, "source"), text_of(operation, "target")
    keep = flag(operation, "preserve_source")

    def run(entry: LogEntry) -> Outcome:
        value, array = paths.read(entry.attributes, source), paths.read(entry.attributes, target)
        if value is paths.MISSING or not (array is paths.MISSING or isinstance(array, list)):
            return None
        made = [*([] if array is paths.MISSING else array), value]
        if not paths.write(entry.attributes, target, made):
            return f"{target} is in the way"
        if not keep:
            paths.remove(entry.attributes, source)
        return True

    return run


def _length(operation: Document) -> Run:
    source, target = text_of(operation, "source"), text_of(operation, "target")

    def run(entry: LogEntry) -> Outcome:
        array = paths.read(entry.attributes, source)
        if not isinstance(array, list):
            return None
        return paths.write(entry.attributes, target, len(array)) or f"{target} is in the way"

    return run


def _select(operation: Document) -> Run:
    source, target = text_of(operation, "source"), text_of(operation, "target")
    wanted = text_of(operation, "value_to_extract")
    key, colon, value = text_of(operation, "filter").partition(":")
    if not colon:
        raise DocumentError("Invalid array-processor: 'filter' must be 'key:value'.")

    def run(entry: LogEntry) -> Outcome:
        array = paths.read(entry.attributes, source)
        for one in array if isinstance(array, list) else ():
            if isinstance(one, dict) and paths.text_of_value(paths.read(one, key)) == value:
                found = paths.read(one, wanted)
                if found is paths.MISSING:
                    return None
                return paths.write(entry.attributes, target, found) or f"{target} is in the way"
        return None

    return run


def _key_value(operation: Document) -> Run:
    source, target = text_of(operation, "source"), text_of(operation, "target", "")
    key, value = text_of(operation, "key_to_extract"), text_of(operation, "value_to_extract")
    override = flag(operation, "override_on_conflict")

    def run(entry: LogEntry) -> Outcome:
        array = paths.read(entry.attributes, source)
        done = None
        for one in array if isinstance(array, list) else ():
            name, found = paths.read(one, key), paths.read(one, value)
            if not isinstance(name, str) or not name or found is paths.MISSING:
                continue
            path = f"{target}.{name}" if target else name
            if override or paths.read(entry.attributes, path) is paths.MISSING:
                done = paths.write(entry.attributes, path, found) or done
        return done

    return run


def array_map_processor(document: Document) -> Run:
    """Apply sub-processors to each element of ``source``; they read ``$sourceElem`` and write
    ``$targetElem``.
    """
    from heeler.logs.pipelines.processors import PROCESSORS, Surroundings

    source, target = text_of(document, "source"), text_of(document, "target")
    keep = flag(document, "preserve_source", True)
    if source == target and not keep:
        raise DocumentError("Invalid array-map-processor: a source that is the target is preserved.")
    runs = []
    for one in list_in(document, "processors"):
        kind = one.get("type") if isinstance(one, Mapping) else None
        if (
            not isinstance(kind, str)
            or kind not in _SUB
            or not str(one.get("target", "")).startswith("$targetElem")
        ):
            known = f"its processors are {', '.join(_SUB)} with targets $targetElem"
            raise DocumentError(f"Invalid array-map-processor: {known}.")
        runs.append(PROCESSORS[kind](_sub_document(one), Surroundings()))

    def run(entry: LogEntry) -> Outcome:
        array = paths.read(entry.attributes, source)
        if not isinstance(array, list):
            return None
        known = paths.read(entry.attributes, target)
        made = (
            list(known)
            if isinstance(known, list) and source != target
            else copy.deepcopy(array)
            if source == target
            else []
        )
        for place, element in enumerate(array[:MAX_ELEMENTS]):
            old = made[place] if place < len(made) else {}
            inner = LogEntry(
                entry.message, entry.time, entry.status, entry.service, entry.host, entry.source, entry.tags
            )
            inner.attributes = {**entry.attributes, "$sourceElem": element, "$targetElem": old}
            for process in runs:
                process(inner)
            made[place : place + 1] = [inner.attributes.get("$targetElem", old)]
        if not paths.write(entry.attributes, target, made):
            return f"{target} is in the way"
        if not keep:
            paths.remove(entry.attributes, source)
        return True

    return run


def _sub_document(document: Document) -> Document:
    """Document of a sub-processor with its defaults: the source is preserved, the target overwritten."""
    if document.get("type") != "attribute-remapper":
        return document
    return {"preserve_source": True, "override_on_conflict": True, **document}
