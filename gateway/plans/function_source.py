"""Source text of the generated functions for selection sets and lists."""

from collections.abc import Mapping

from gateway.plans import inline_completion
from gateway.plans.completion import Completion
from gateway.plans.field_sets import FieldSet
from gateway.plans.list_completion import Items, ListCompletion
from gateway.plans.module import Module
from gateway.plans.object_completion import Fields
from gateway.plans.run import Operation
from gateway.plans.value_source import value_of


def fields_function(
    type_name: str,
    selected: Mapping[str, Completion | None],
    module: Module,
    operation: Operation,
) -> Fields:
    """The function for the ``selected`` response keys; a key with None is a __typename."""
    number = module.number()
    completions = {
        key: completion for key, completion in selected.items() if completion is not None
    }
    own = module.bind(f"s{number}", FieldSet(completions))
    body = [
        line
        for completion in completions.values()
        for line in _field(completion, number, module, operation)
    ]
    lines = [
        f"def fields_{number}(source, at, run):",
        f'    """{type_name}: {", ".join(selected)}."""',
        "    made = run.made",
        *_with_abandon(body, f"{own}.abandon(locals(), error, run)"),
        "    data = {",
        *(
            f'        "{key}": {_describe(key, completion, type_name)},'
            for key, completion in selected.items()
        ),
        "    }",
        f"    return data if run.made == made else {own}.gather(data, at, run)",
    ]
    return module.define(f"fields_{number}", lines)


def _describe(key: str, completion: Completion | None, type_name: str) -> str:
    return f'"{type_name}"' if completion is None else f"v_{key}"


def _field(completion: Completion, number: int, module: Module, operation: Operation) -> list[str]:
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
    return [
        f"# {position.name}: {position.definition.type}",
        "try:",
        *_indent(read),
        "except Exception as error:",
        f"    {settled}",
    ]


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
