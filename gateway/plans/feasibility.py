"""Examination of an operation before it is compiled: its flags, and reasons against a plan."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
)
from graphql.execution.collect_fields import FragmentDetails

from gateway.plans.run import Operation

# More flags need graphql-core, because each combination of their values is a separate plan.
MAX_FLAGS = 8
LEFT_TO_CORE = {"__schema": "introspection", "__type": "introspection"}
INCREMENTAL = {"defer", "stream"}
FLAGS = {"skip", "include"}
WITHOUT_PROPAGATION = "experimental_disableErrorPropagation"


@dataclass(frozen=True, slots=True)
class Unplannable:
    """The reason why an operation has to be executed by graphql-core."""

    reason: str


@dataclass(slots=True)
class Survey:
    """The flags of an operation (variables of ``@skip`` and ``@include``) and its hindrances."""

    flags: list[str] = field(default_factory=list)
    hindrances: list[str] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)

    def visit(self, selections: SelectionSetNode, operation: Operation) -> None:
        """Record the flags and hindrances in ``selections`` and in their fragments."""
        for selection in selections.selections:
            self._note(selection)
            for beneath in self._beneath(selection, operation):
                self.visit(beneath, operation)

    def _note(self, selection: SelectionNode) -> None:
        if isinstance(selection, FieldNode) and selection.name.value in LEFT_TO_CORE:
            self.hindrances.append(LEFT_TO_CORE[selection.name.value])
        for directive in selection.directives or ():
            self._note_directive(directive)

    def _note_directive(self, directive: DirectiveNode) -> None:
        name = directive.name.value
        if name in INCREMENTAL:
            self.hindrances.append(f"@{name}")
        elif name in FLAGS:
            self.flags.extend(flag for flag in _variables(directive) if flag not in self.flags)

    def _beneath(
        self, selection: SelectionNode, operation: Operation
    ) -> Iterator[SelectionSetNode]:
        if isinstance(selection, FragmentSpreadNode):
            yield from self._spread(selection.name.value, operation)
        else:
            beneath: SelectionSetNode | None = getattr(selection, "selection_set", None)
            if beneath is not None:
                yield beneath

    def _spread(self, name: str, operation: Operation) -> Iterator[SelectionSetNode]:
        fragment = operation.fragments.get(name)
        if fragment is None or name in self._seen:
            return
        self._seen.add(name)
        if fragment.variable_definitions:
            self.hindrances.append("fragment variables")
        yield fragment.selection_set


def survey(operation: Operation) -> tuple[str, ...] | Unplannable:
    """The names of the flags of ``operation``, or why there can be no plan for it."""
    survey_result = Survey()
    try:
        survey_result.visit(operation.node.selection_set, operation)
    except RecursionError:
        return Unplannable("nesting")
    if any(d.name.value == WITHOUT_PROPAGATION for d in operation.node.directives or ()):
        survey_result.hindrances.append(f"@{WITHOUT_PROPAGATION}")
    if len(survey_result.flags) > MAX_FLAGS:
        survey_result.hindrances.append("too many flags")
    return (
        Unplannable(survey_result.hindrances[0])
        if survey_result.hindrances
        else tuple(survey_result.flags)
    )


def operation_of(
    schema: GraphQLSchema, document: DocumentNode, name: str | None
) -> Operation | Unplannable:
    """The operation of ``document`` called ``name``; with None its only operation."""
    fragments = {
        node.name.value: node
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    nodes = [node for node in document.definitions if _is_named(node, name)]
    if len(nodes) != 1:
        return Unplannable("operation name")
    node = nodes[0]
    if not isinstance(node, OperationDefinitionNode) or not _has_root(schema, node.operation):
        return Unplannable("operation type")
    return operation_for(schema, node, fragments)


def operation_for(
    schema: GraphQLSchema,
    node: OperationDefinitionNode,
    fragments: dict[str, FragmentDefinitionNode],
) -> Operation:
    """``node`` with the fragments of its document."""
    details = {name: FragmentDetails(fragment) for name, fragment in fragments.items()}
    return Operation(schema, node, fragments, details)


def _is_named(node: object, name: str | None) -> bool:
    if not isinstance(node, OperationDefinitionNode):
        return False
    return name is None or (node.name is not None and node.name.value == name)


def _has_root(schema: GraphQLSchema, type_: OperationType) -> bool:
    return schema.get_root_type(type_) is not None


def _variables(directive: DirectiveNode) -> Iterator[str]:
    for argument in directive.arguments or ():
        if isinstance(argument.value, VariableNode):
            yield argument.value.name.value
