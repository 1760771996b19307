"""Source text of the generated functions for selection sets and lists."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

from gateway.plans import inline_completion
from gateway.plans.completion import Completion
from gateway.plans.field_sets import FieldSet
from gateway.plans.lasting_values import KeptSelection
from gateway.plans.list_completion import Items, ListCompletion
from gateway.plans.module import Module
from gateway.plans.object_completion import Fields
from gateway.plans.run import Operation
from gateway.plans.value_source import value_of


@dataclass(frozen=True, slots=True)
class FieldsFunction:
    """The function for a selection set, and whether its data depends on the value alone."""

    function: Fields
    depends_on_value: bool


@dataclass(frozen=True, slots=True)
class FieldSource:
    """The statements for a field, which leave its data in ``variable``."""

    variable: str
    lines: list[str]
    depends_on_value: bool


def fields_function(
    type_name: str,
    selected: Mapping[str, Completion | None],
    module: Module,
    operation: Operation,
    kept_selection: KeptSelection | None = None,
) -> FieldsFunction:
    """The function for the ``selected`` response keys; a key with None is a __typename.

    With ``kept_selection`` it keeps what depends on the value, or its lasting part, alone.
    """
    number = module.number()
    completions = {
        key: completion for key, completion in selected.items() if completion is not None
    }
    fields = [_field(completion, number, module, operation) for completion in completions.values()]
    own = module.bind(f"s{number}", FieldSet(completions))
    data = [
        "{",
        *(
            f'    "{key}": {_describe(key, completion, type_name)},'
            for key, completion in selected.items()
        ),
        "}",
    ]
    depends_on_value = all(field.depends_on_value for field in fields)
    result = f"data if run.made == made else {own}.gather(data, at, run)"
    if kept_selection is None or not any(field.depends_on_value for field in fields):
        body = _all_lines(fields)
        ending = [*_assign("data", data), f"return {result}"]
    else:
        selection = module.bind(f"k{number}", kept_selection)
        get = module.bind(f"g{number}", kept_selection.get)
        read = (
            _keep_all(data, fields, selection)
            if depends_on_value
            else _keep_some(fields, selection)
        )
        part = kept_selection.part
        lasting = "source" if part is None else f"source.{part}"
        body = [f"lasting = {lasting}", f"kept = {get}(id(lasting))", *read]
        ending = (
            [f"return {result}"]
            if depends_on_value
            else [*_assign("data", data), f"return {result}"]
        )
    lines = [
        f"def fields_{number}(source, at, run):",
        f'    """{type_name}: {", ".join(selected)}."""',
        "    made = run.made",
        *_with_abandon(body, f"{own}.abandon(locals(), error, run)"),
        *_indent(ending),
    ]
    return FieldsFunction(module.define(f"fields_{number}", lines), depends_on_value)


def _describe(key: str, completion: Completion | None, type_name: str) -> str:
    return f'"{type_name}"' if completion is None else f"v_{key}"


def _assign(name: str, expression: list[str]) -> list[str]:
    return [f"{name} = {expression[0]}", *expression[1:]]


IS_KEPT = "kept is not None and kept[0]() is lasting and kept[1] <= run.left"
"""Whether the data of this very value is kept, and its lists are not too long for the answer."""


def _keep_all(data: list[str], fields: list[FieldSource], selection: str) -> list[str]:
    """Statements for ``data`` and its ``fields``, all of which are kept."""
    return [
        f"if {IS_KEPT}:",
        "    run.left -= kept[1]",
        "    return kept[2]",
        "cost, plain = 0, True",
        *_measure(_all_lines(fields)),
        *_assign("data", data),
        "if plain:",
        f"    {selection}.keep(lasting, cost, data)",
    ]


def _keep_some(fields: list[FieldSource], selection: str) -> list[str]:
    """Statements for ``fields`` in their order; those that depend on the value alone are kept."""
    variables = ", ".join(field.variable for field in fields if field.depends_on_value)
    groups = groupby(fields, key=lambda field: field.depends_on_value)
    return [
        f"if {IS_KEPT}:",
        f"    _, cost, {variables} = kept",
        "    run.left -= cost",
        "else:",
        "    kept, cost, plain = None, 0, True",
        *(
            line
            for depends_on_value, group in groups
            for line in _skip_kept(_all_lines(group), depends_on_value=depends_on_value)
        ),
        "if kept is None and plain:",
        f"    {selection}.keep(lasting, cost, {variables})",
    ]


def _skip_kept(lines: list[str], *, depends_on_value: bool) -> list[str]:
    return ["if kept is None:", *_indent(_measure(lines))] if depends_on_value else lines


def _measure(lines: list[str]) -> list[str]:
    """``lines`` with what their lists cost, and whether nothing was awaitable or failed."""
    return [
        "left, errors, awaited = run.left, len(run.errors), run.made",
        *lines,
        "cost += left - run.left",
        "plain = plain and run.made == awaited and len(run.errors) == errors",
    ]


def _all_lines(fields: Iterable[FieldSource]) -> list[str]:
    return [line for field in fields for line in field.lines]


def _field(
    completion: Completion, number: int, module: Module, operation: Operation
) -> FieldSource:
    position = completion.position
    key, suffix = position.key, f"{number}_{position.key}"
    place = f"(at, {module.bind(f'p{suffix}', position)})"
    value = value_of(position, suffix, module, operation)
    completed = inline_completion.lines(completion, f"v_{key}", place, suffix, module)
    if value.later:
        read = [f"v_{key} = c{suffix}.later({value.expression}, {place}, run)"]
    else:
        read = [f"v_{key} = {value.expression}", *completed]
    if completion.nullable:
        settled = f"v_{key} = c{suffix}.replace_by_null(error, {place}, run)"
    else:
        settled = f"c{suffix}.fail(error, {place})"
    lines = [
        f"# {position.name}: {position.definition.type}",
        "try:",
        *_indent(read),
        "except Exception as error:",
        f"    {settled}",
    ]
    return FieldSource(f"v_{key}", lines, value.of_value and completion.depends_on_value)


def items_function(completion: ListCompletion, module: Module, breadth: int) -> Items:
    """The function for the items of the lists of ``completion``.

    Each item counts as ``breadth`` fields of the answer.
    """
    number = module.number()
    suffix = f"{number}_item"
    item, own = completion.item, module.bind(f"c{number}_list", completion)
    completed = inline_completion.lines(item, "item", "(at, index)", suffix, module)
    if item.nullable:
        settled = f"item = c{suffix}.replace_by_null(error, (at, index), run)"
    else:
        settled = f"c{suffix}.fail(error, (at, index))"
    items = [
        "for index, item in enumerate(iterator):",
        "    try:",
        *_indent(completed, 2),
        "    except Exception as error:",
        f"        {settled}",
        "    append(item)",
        f"run.left -= len(results) * {breadth}",
        "if run.left < 0:",
        "    run.refuse_length()",
    ]
    lines = [
        f"def items_{number}(values, at, run):",
        f'    """Items of {completion.position.key}."""',
        "    made = run.made",
        # After a list that was too long, no further lists are computed.
        "    if run.left < 0:",
        "        run.refuse_length()",
        "    results = []",
        "    append = results.append",
        "    iterator = iter(values)",
        *_with_abandon(items, f"{own}.abandon(results, iterator, error, run)"),
        f"    return results if run.made == made else {own}.gather(results, at, run)",
    ]
    return module.define(f"items_{number}", lines)


def _with_abandon(body: list[str], abandon: str) -> list[str]:
    """The ``body`` of a function, followed by a handler that runs ``abandon`` if it fails."""
    if not body:
        return []
    return [
        "    try:",
        *_indent(body, 2),
        "    except BaseException as error:",
        f"        {abandon}",
        "        raise",
    ]


def _indent(lines: list[str], levels: int = 1) -> list[str]:
    return ["    " * levels + line for line in lines]
