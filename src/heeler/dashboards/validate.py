"""Validation of dashboards. Unknown widget types and fields are stored unchanged; only what could never be
rendered is rejected, with its path and what is expected there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from heeler.api.numbers import is_whole
from heeler.dashboards.widgets import QUERY_WIDGETS, REQUIRED, SINGLE_REQUEST

MAX_WIDGETS = 1000
_MAX_TAGS = 5
_MAX_TABS = 100
_MAX_TAB_NAME = 100
# Users may set team tags; dashboards published by vendors have the second.
_TAG_KEYS = ("team:", "integration:")


def problems(dashboard: Mapping[str, Any]) -> list[str]:
    """All validation errors of ``dashboard``, in the order of its fields; empty if valid."""
    return [*_top(dashboard), *_widgets(dashboard), *_variables(dashboard), *_presets(dashboard)]


def _top(dashboard: Mapping[str, Any]) -> Iterator[str]:
    for name in ("title", "layout_type", "widgets"):
        if dashboard.get(name) is None:
            yield f"'{name}' is a required property"
    title = dashboard.get("title")
    if title is not None and not isinstance(title, str):
        yield f"Invalid 'title': {title!r}. Expected a string"
    if dashboard.get("layout_type") not in (None, "ordered", "free"):
        yield f"Invalid 'layout_type': {dashboard['layout_type']!r}. Expected 'ordered' or 'free'"
    if dashboard.get("reflow_type") is not None:
        yield from _reflow(dashboard)
    if not isinstance(dashboard.get("description"), str | None):
        yield f"Invalid 'description': {dashboard['description']!r}. Expected a string"
    if not isinstance(dashboard.get("is_read_only"), bool | None):
        yield f"Invalid 'is_read_only': {dashboard['is_read_only']!r}. Expected true or false"
    for name in ("notify_list", "restricted_roles"):
        items = dashboard.get(name)
        if items is not None and not (isinstance(items, list) and all(isinstance(one, str) for one in items)):
            yield f"Invalid '{name}'. Expected a list of strings"
    yield from _tags(dashboard.get("tags"))
    yield from _tabs(dashboard)


def _reflow(dashboard: Mapping[str, Any]) -> Iterator[str]:
    if dashboard["reflow_type"] not in ("auto", "fixed"):
        yield f"Invalid 'reflow_type': {dashboard['reflow_type']!r}. Expected 'auto' or 'fixed'"
    elif dashboard.get("layout_type") == "free":
        yield "Invalid 'reflow_type': only dashboards of layout_type 'ordered' have one"


def _tags(tags: Any) -> Iterator[str]:
    if tags is None:
        return
    if not isinstance(tags, list) or len(tags) > _MAX_TAGS:
        yield f"Invalid 'tags'. Expected a list of at most {_MAX_TAGS} strings"
    elif not all(isinstance(tag, str) and tag.startswith(_TAG_KEYS) for tag in tags):
        yield "Invalid tag format. Valid tag keys are: team."


def _tabs(dashboard: Mapping[str, Any]) -> Iterator[str]:
    tabs = dashboard.get("tabs")
    if tabs is None:
        return
    if not isinstance(tabs, list) or len(tabs) > _MAX_TABS:
        yield f"Invalid 'tabs'. Expected a list of at most {_MAX_TABS} objects"
        return
    widgets = dashboard.get("widgets")
    count = len(widgets) if isinstance(widgets, list) else 0
    for index, tab in enumerate(tabs):
        where = f"tabs[{index}]"
        if not isinstance(tab, dict):
            yield f"{where} must be an object"
            continue
        name = tab.get("name")
        if not isinstance(name, str) or not 0 < len(name) <= _MAX_TAB_NAME:
            yield f"{where}: invalid 'name'. Expected 1 to {_MAX_TAB_NAME} characters"
        ids = tab.get("widget_ids")
        if not isinstance(ids, list):
            yield f"{where}: 'widget_ids' is a required property"
            continue
        for given in ids:
            position = tab_position(given)
            if position is not None and not 0 < position <= count:
                yield f"{where}: invalid widget id {given!r}. The dashboard has {count} widgets"
            elif position is None and (isinstance(given, bool) or not is_whole(str(given))):
                yield f"{where}: invalid widget id {given!r}. Expected a number or '@' and a position"


def tab_position(given: Any) -> int | None:
    """The position of ``@N``, from 1; None for a widget id."""
    if isinstance(given, str) and given.startswith("@") and is_whole(given[1:]):
        return int(given[1:])
    return None


def _widgets(dashboard: Mapping[str, Any]) -> Iterator[str]:
    widgets = dashboard.get("widgets")
    if widgets is None:
        return
    if not isinstance(widgets, list):
        yield "'widgets' must be a list"
        return
    if len(widgets) > MAX_WIDGETS:
        yield f"Invalid 'widgets': {len(widgets)} items. Expected at most {MAX_WIDGETS}"
        return
    needs_layout = dashboard.get("layout_type") == "free" or dashboard.get("reflow_type") == "fixed"
    for index, widget in enumerate(widgets):
        # Published dashboards omit the layout of groups only.
        needed = needs_layout and (dashboard.get("layout_type") == "free" or not _is_group(widget))
        yield from _widget(widget, f"widgets[{index}]", needed)
        if dashboard.get("reflow_type") == "auto" and isinstance(widget, dict) and widget.get("layout"):
            yield f"widgets[{index}]: a dashboard of reflow_type 'auto' must not have a 'layout'"


def widget_problems(widget: Any, where: str) -> list[str]:
    """All validation errors of one widget at path ``where``."""
    return list(_widget(widget, where, needs_layout=False))


def _is_group(widget: Any) -> bool:
    definition = widget.get("definition") if isinstance(widget, dict) else None
    return isinstance(definition, dict) and definition.get("type") == "group"


def _widget(widget: Any, where: str, needs_layout: bool) -> Iterator[str]:
    if not isinstance(widget, dict) or not isinstance(widget.get("definition"), dict):
        yield f"{where}: 'definition' is a required property"
        return
    if needs_layout or widget.get("layout") is not None:
        yield from _layout(widget.get("layout"), where)
    definition = widget["definition"]
    kind = definition.get("type")
    if not isinstance(kind, str) or not kind:
        yield f"{where}.definition: 'type' is a required property"
        return
    for name in REQUIRED.get(kind, ()):
        if definition.get(name) is None:
            yield f"{where}.definition: a {kind} widget needs '{name}'"
    yield from _requests(definition, kind, f"{where}.definition")
    if kind in ("group", "powerpack"):
        inner = definition.get("widgets")
        for index, item in enumerate(inner if isinstance(inner, list) else []):
            yield from _widget(item, f"{where}.definition.widgets[{index}]", False)


def _layout(layout: Any, where: str) -> Iterator[str]:
    if not isinstance(layout, dict):
        yield f"{where}: 'layout' is a required property"
        return
    for name in ("x", "y", "width", "height"):
        value = layout.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            yield f"{where}.layout: '{name}' must be a number"


#: Of `HostMapWidgetDefinitionRequests`, without its dimensions.
_HOSTMAP_OPTIONS = frozenset({
    "child", "conditional_formats", "enrichments", "filter", "group_by", "limit", "no_group_hosts",
    "no_metric_hosts", "node_type", "projection", "query", "request_type", "style",
})  # fmt: skip


def _requests(definition: Mapping[str, Any], kind: str, where: str) -> Iterator[str]:
    requests = definition.get("requests")
    if kind not in QUERY_WIDGETS or requests is None:
        return
    if not isinstance(requests, list | dict):
        yield f"{where}: 'requests' must be a list"
        return
    if not requests and kind == "timeseries":
        yield f"{where}: Minimum length of parameter 'requests' should be 1"
    if kind in SINGLE_REQUEST and len(requests) > 1 and isinstance(requests, list):
        yield f"{where}: a {kind} widget has one request, not {len(requests)}"
    if isinstance(requests, dict) and kind == "hostmap":
        # Beside its dimensions are the options of the newer forms, which are one request.
        absent = {name for name in ("fill", "size") if requests.get(name) is None}
        requests = {
            name: one for name, one in requests.items() if name not in _HOSTMAP_OPTIONS and name not in absent
        }
    for index, request in enumerate(requests if isinstance(requests, list) else requests.values()):
        if not isinstance(request, dict):
            yield f"{where}.requests[{index}] must be an object"


def _variables(dashboard: Mapping[str, Any]) -> Iterator[str]:
    variables = dashboard.get("template_variables")
    if variables is None:
        return
    if not isinstance(variables, list) or not all(isinstance(item, dict) for item in variables):
        yield "'template_variables' must be a list of objects"
        return
    names = [variable.get("name") for variable in variables]
    if not all(isinstance(name, str) and name for name in names) or len(set(names)) < len(names):
        yield "'template_variables' is invalid"
    for variable in variables:
        yield from _defaults(variable)


def _defaults(variable: Mapping[str, Any]) -> Iterator[str]:
    defaults = variable.get("defaults")
    if defaults is None:
        return
    if not isinstance(defaults, list):
        yield "'defaults' must be a list"
    elif not defaults:
        yield "Minimum length of parameter 'defaults' should be 1"
    elif variable.get("default") is not None:
        yield "A template variable has either 'default' or 'defaults'"
    elif not all(isinstance(value, str) and value for value in defaults):
        yield "Invalid 'defaults'. Expected strings that are not empty"


def _presets(dashboard: Mapping[str, Any]) -> Iterator[str]:
    presets = dashboard.get("template_variable_presets")
    if presets is None:
        return
    if not isinstance(presets, list) or not all(isinstance(item, dict) for item in presets):
        yield "'template_variable_presets' must be a list of objects"
        return
    for index, preset in enumerate(presets):
        variables = preset.get("template_variables")
        for variable in variables if isinstance(variables, list) else []:
            if not isinstance(variable, dict):
                yield f"template_variable_presets[{index}]: 'template_variables' must be a list of objects"
            elif variable.get("value") is not None and variable.get("values") is not None:
                yield f"template_variable_presets[{index}]: a variable has either 'value' or 'values'"
