"""Registry of query functions: the source of completion, documentation, validation and error messages.

A function is declared once::

    @function("Arithmetic", "Each value's distance from zero.", "abs(avg:system.load.1{*})")
    def abs(frame: Frame) -> Frame: ...

The annotations of its parameters define its arguments in the language: ``Frame`` is an expression,
``int``/``float``/``str`` a constant, ``TagKeys`` a ``{tag, tag}`` set; parameters after ``*`` are passed by
name.
"""

from __future__ import annotations

import difflib
import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, get_type_hints

from heeler.query.frame import Frame
from heeler.query.metrics.ast import Call, Name, Node, Number, TagSet, Text, walk
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.parser import is_aggregator
from heeler.query.metrics.window import Window


class TagKeys(tuple[str, ...]):
    """Keys given as ``{host, env}``."""

    __slots__ = ()


Shape = Callable[[Window, dict[str, Any]], Window]


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    kind: type
    default: Any
    """``inspect.Parameter.empty`` if required."""
    keyword_only: bool
    variadic: bool

    @property
    def required(self) -> bool:
        return self.default is inspect.Parameter.empty and not self.variadic

    @property
    def text(self) -> str:
        if self.variadic:
            return f"{self.name}, ..."
        if self.required:
            return f"{{{self.name}}}" if self.kind is TagKeys else self.name
        shown = f"'{self.default}'" if isinstance(self.default, str) else f"{self.default}"
        return f"{self.name}={shown}"


@dataclass(frozen=True, slots=True)
class Function:
    """A registered function. ``window`` computes the window of its operands, if not the query's own;
    ``over_time``: it uses values of other times, so that it is applied before any scalar reduction;
    ``with_window``: it receives the window as keyword ``window``; ``refuses`` lists functions that must not
    be nested in it.
    """

    name: str
    category: str
    summary: str
    example: str
    parameters: tuple[Parameter, ...]
    apply: Callable[..., Frame]
    window: Shape | None = None
    over_time: bool = False
    with_window: bool = False
    refuses: tuple[str, ...] = ()

    @property
    def signature(self) -> str:
        return f"{self.name}({', '.join(parameter.text for parameter in self.parameters)})"


FUNCTIONS: dict[str, Function] = {}


def function(
    category: str,
    summary: str,
    example: str,
    *,
    name: str = "",
    window: Shape | None = None,
    over_time: bool = False,
    refuses: tuple[str, ...] = (),
) -> Callable[[Callable[..., Frame]], Callable[..., Frame]]:
    """Register a function of the language under its Python name, or ``name``."""

    def register(apply: Callable[..., Frame]) -> Callable[..., Frame]:
        title = name or apply.__name__
        parameters, with_window = _parameters(apply)
        FUNCTIONS[title] = Function(
            title, category, summary, example, parameters, apply, window, over_time, with_window, refuses
        )
        return apply

    return register


def register_variant(title: str, of: str, example: str, summary: str, **fixed: Any) -> None:
    """Register ``title`` as ``of`` with some arguments fixed (``top5_max`` is ``top`` with 5 and max)."""
    base = FUNCTIONS[of]
    remaining = tuple(item for item in base.parameters if item.name not in fixed)

    def apply(*args: Any, **keywords: Any) -> Frame:
        return base.apply(*args, **fixed, **keywords)

    FUNCTIONS[title] = replace(
        base, name=title, summary=summary, example=example, parameters=remaining, apply=apply
    )


def _parameters(apply: Callable[..., Frame]) -> tuple[tuple[Parameter, ...], bool]:
    hints = get_type_hints(apply)
    found = []
    with_window = False
    for item in inspect.signature(apply).parameters.values():
        if item.name == "window":
            with_window = True
            continue
        kind = hints[item.name]
        found.append(
            Parameter(
                item.name.rstrip("_"),
                kind if isinstance(kind, type) else str,
                item.default,
                item.kind is inspect.Parameter.KEYWORD_ONLY,
                item.kind is inspect.Parameter.VAR_POSITIONAL,
            )
        )
    return tuple(found), with_window


@dataclass(frozen=True, slots=True)
class Bound:
    """A call with bound arguments: expressions to evaluate, and constants by parameter name."""

    function: Function
    expressions: tuple[Node, ...]
    constants: dict[str, Any]


def lookup(call: Call) -> Function:
    name = call.function
    if name in ("min", "max") and not any(isinstance(item, TagSet) for item in call.arguments):
        name += "imum"
    known = FUNCTIONS.get(name)
    if known is None:
        raise QueryError(f"Unknown function {call.function!r}; {_hint(call.function)}", call.position)
    return known


def _hint(name: str) -> str:
    if is_aggregator(name):
        return f"an aggregator stands before the metric: {name}:metric{{*}}"
    near = _nearest(name)
    return f"did you mean {near}?" if near else "docs/functions.md lists all"


def _nearest(name: str) -> str:
    found = difflib.get_close_matches(name.lower(), FUNCTIONS, 1, 0.6)
    return found[0] if found else ""


def bind(call: Call) -> Bound:
    """Validate a call's arguments against the function's parameters."""
    known = lookup(call)
    positional = [item for item in known.parameters if not item.variadic]
    expressions: list[Node] = []
    constants: dict[str, Any] = {}
    for place, argument in enumerate(call.arguments):
        if place < len(positional):
            parameter = positional[place]
        elif known.parameters and known.parameters[-1].variadic:
            parameter = known.parameters[-1]
        else:
            count = f"{len(positional)} argument{'s' if len(positional) > 1 else ''}"
            place_of = getattr(argument, "position", -1)
            raise QueryError(
                f"{known.name} takes at most {count}: {known.signature}",
                place_of if place_of >= 0 else call.position,
            )
        if parameter.kind is Frame:
            expressions.append(argument)
        else:
            constants[parameter.name] = _constant(argument, parameter, known, call)
    _bind_keywords(call, known, constants)
    _refuse_inside(call, known)
    _refuse_missing(call, known, expressions, constants)
    return Bound(known, tuple(expressions), constants)


def _bind_keywords(call: Call, known: Function, constants: dict[str, Any]) -> None:
    allowed = {item.name: item for item in known.parameters if item.kind is not Frame}
    for name, value in call.keywords:
        if name not in allowed:
            raise QueryError(f"{known.name} has no argument {name!r}: {known.signature}", call.position)
        constants[name] = _constant(value, allowed[name], known, call)


def _refuse_inside(call: Call, known: Function) -> None:
    for item in walk(call) if known.refuses else ():
        if isinstance(item, Call) and item.function in known.refuses:
            raise QueryError(f"{known.name} cannot look ahead of {item.function}()", item.position)


def _refuse_missing(call: Call, known: Function, expressions: list[Node], constants: dict[str, Any]) -> None:
    wanted = [item for item in known.parameters if item.required]
    frames = sum(item.kind is Frame for item in wanted)
    absent = [item.name for item in wanted if item.kind is not Frame and item.name not in constants]
    if len(expressions) < frames or absent:
        hint = ""
        if is_aggregator(known.name) and len(call.arguments) == 1:
            hint = f"; as an aggregator it stands before the metric: {known.name}:metric{{*}}"
        raise QueryError(f"{known.name} needs more arguments: {known.signature}{hint}", call.position)


def _constant(argument: Node, parameter: Parameter, known: Function, call: Call) -> Any:
    value = _plain(argument)
    position = getattr(argument, "position", call.position)
    if parameter.kind is TagKeys:
        if isinstance(argument, TagSet):
            return TagKeys(argument.keys)
    elif parameter.kind is str:
        if value is not None:
            return _number_text(value) if isinstance(value, float) else value
    elif value is not None:
        try:
            number = float(value)
        except ValueError:
            pass
        else:
            if parameter.kind is int and number.is_integer():
                return int(number)
            if parameter.kind is float and math.isfinite(number):
                return number
    wanted = {str: "a text", int: "a whole number", float: "a number", TagKeys: "tag keys such as {host}"}
    raise QueryError(
        f"{known.name} takes {wanted.get(parameter.kind, 'a constant')} as {parameter.name}: "
        f"{known.signature}",
        position if position >= 0 else call.position,
    )


def _number_text(value: float) -> str:
    """Text of a number without loss of digits: ``60``, ``0.5``."""
    return str(int(value)) if value.is_integer() else repr(value)


def _plain(argument: Node) -> str | float | None:
    match argument:
        case Text():
            return argument.value
        case Number():
            return argument.value
        case Name() if not argument.modifiers:
            return argument.name
    return None
