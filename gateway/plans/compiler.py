"""The compiler, which makes a Python function for each selection set and for each list."""

from collections.abc import Mapping

from graphql import (
    GraphQLAbstractType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    is_abstract_type,
    is_leaf_type,
    is_object_type,
)
from graphql.execution.collect_fields import (
    FieldDetailsList,
    GroupedFieldSet,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues

from gateway.plans.completion import Completion, LeafCompletion
from gateway.plans.function_source import FieldsFunction, fields_function, items_function
from gateway.plans.lasting_values import NOT_LASTING, KeptSelections, Lasting, lasting_of
from gateway.plans.list_completion import ListCompletion
from gateway.plans.module import Module
from gateway.plans.object_completion import (
    AbstractCompletion,
    Fields,
    ObjectCompletion,
    is_decided_by_class,
)
from gateway.plans.positions import Position
from gateway.plans.run import Operation
from gateway.plans.strawberry_fields import lasting_classes_of

TYPENAME = "__typename"


class Compiler:
    """Compiles one operation for one combination of values of its flags.

    The selection, order and merging of fields are computed by graphql-core.
    """

    def __init__(
        self, operation: Operation, flags: Mapping[str, bool], kept_selections: KeptSelections
    ) -> None:
        self._kept_selections = kept_selections
        self.module = Module(f"plan-of-{operation.name}")
        self._operation = operation
        self._details = dict(operation.details)
        self._flags = VariableValues({}, dict(flags))
        # The number of fields compiled so far, without those in nested lists.
        self._breadth = 0

    def root(self, type_: GraphQLObjectType, *, serially: bool) -> tuple[Fields, ...]:
        """One function for all root fields, or with ``serially`` one for each of them."""
        operation = self._operation
        selected = collect_fields(
            operation.schema, self._details, self._flags, type_, operation.node
        ).grouped_field_set
        if not serially:
            return (self._fields(type_, selected).function,)
        return tuple(
            self._fields(type_, {key: details}).function for key, details in selected.items()
        )

    def _fields(
        self, type_: GraphQLObjectType, selected: GroupedFieldSet, lasting: Lasting = NOT_LASTING
    ) -> FieldsFunction:
        completions: dict[str, Completion | None] = {}
        self._breadth += len(selected)
        for key, details in selected.items():
            name = details[0].node.name.value
            definition = self._operation.schema.get_field(type_, name)
            if name == TYPENAME:
                completions[key] = None
            elif definition is not None:
                nodes = [detail.node for detail in details]
                position = Position(key, nodes, type_, definition)
                completions[key] = self._completion(definition.type, position, details)
        kept_selection = self._kept_selections.add_selection(lasting) if lasting.classes else None
        return fields_function(
            type_.name, completions, self.module, self._operation, kept_selection
        )

    def _completion(
        self,
        type_: GraphQLOutputType,
        position: Position,
        details: FieldDetailsList,
        *,
        nullable: bool = True,
    ) -> Completion:
        if isinstance(type_, GraphQLNonNull):
            return self._completion(type_.of_type, position, details, nullable=False)
        if isinstance(type_, GraphQLList):
            return self._list(type_.of_type, position, details, nullable=nullable)
        if is_leaf_type(type_):
            return LeafCompletion(position, type_, nullable=nullable)
        if is_object_type(type_):
            return self._object(type_, position, details, nullable=nullable)
        if is_abstract_type(type_):
            return self._abstract(type_, position, details, nullable=nullable)
        raise TypeError(type_)

    def _list(
        self,
        type_: GraphQLOutputType,
        position: Position,
        details: FieldDetailsList,
        *,
        nullable: bool,
    ) -> ListCompletion:
        around, self._breadth = self._breadth, 0
        item = self._completion(type_, position, details)
        completion = ListCompletion(position, item, nullable=nullable)
        completion.items = items_function(completion, self.module, max(self._breadth, 1))
        self._breadth = around
        return completion

    def _object(
        self,
        type_: GraphQLObjectType,
        position: Position,
        details: FieldDetailsList,
        *,
        nullable: bool,
    ) -> ObjectCompletion:
        operation = self._operation
        selected = collect_subfields(
            operation.schema, self._details, self._flags, operation.node, type_, details
        ).grouped_field_set
        lasting = lasting_of(type_)
        if lasting.part is None:
            lasting = Lasting((*lasting.classes, *lasting_classes_of(position.definition)))
        fields = self._fields(type_, selected, lasting)
        return ObjectCompletion(
            position,
            type_,
            fields.function,
            nullable=nullable,
            depends_on_value=fields.depends_on_value,
        )

    def _abstract(
        self,
        type_: GraphQLAbstractType,
        position: Position,
        details: FieldDetailsList,
        *,
        nullable: bool,
    ) -> AbstractCompletion:
        def sub_plan(possible: GraphQLObjectType) -> ObjectCompletion:
            return self._object(possible, position, details, nullable=nullable)

        possible = self._operation.schema.get_possible_types(type_)
        by_class = all(map(is_decided_by_class, possible))
        return AbstractCompletion(position, type_, sub_plan, by_class=by_class, nullable=nullable)
