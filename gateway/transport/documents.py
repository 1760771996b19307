"""GraphQL documents: parsed, measured and validated once, then cached."""

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from graphql import (
    ASTValidationRule,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    parse,
    specified_rules,
    validate,
)
from graphql.validation.rules.custom.no_schema_introspection import (
    NoSchemaIntrospectionCustomRule,
)
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from gateway.transport.complexity import Complexity, ComplexityMeasure
from gateway.transport.errors import Code, DocumentRejected
from gateway.transport.limits import Limits


@dataclass(frozen=True, slots=True, eq=False)
class PreparedOperation:
    """One executable operation of a document; the same object as long as the document is cached."""

    document: DocumentNode
    definition: OperationDefinitionNode
    name: str | None
    sized_by: frozenset[str] = frozenset()
    """The variables that give the size of a list, so that the cost depends on them."""
    roots: frozenset[str] = frozenset()
    """The schema names of its root fields."""
    fields: int = 1
    """The number of its root fields, at least 1; each alias counts."""
    tokens: int = 0
    """The number of tokens of its whole document."""

    @property
    def kind(self) -> OperationType:
        """The type of the operation: query, mutation or subscription."""
        return self.definition.operation


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A valid document and its operations."""

    node: DocumentNode
    operations: tuple[PreparedOperation, ...]
    tokens: int
    by_name: Mapping[str, PreparedOperation] = field(default_factory=dict)

    def operation(self, name: str | None) -> PreparedOperation | DocumentRejected:
        """The operation called ``name``; with None the only operation of the document."""
        if name is None and len(self.operations) == 1:
            return self.operations[0]
        operation = self.by_name.get(name or "")
        if operation is not None:
            return operation
        message = (
            "Must provide operation name if query contains multiple operations."
            if name is None
            else "The document has no operation of the given name."
        )
        return DocumentRejected.with_code(Code.OPERATION_RESOLUTION_FAILURE, message)


class DocumentCache:
    """Cache of documents by their text.

    It is limited by tokens; the least recently used documents are dropped first.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        limits: Limits,
        *,
        introspection: bool = True,
        suggestions: bool = True,
    ) -> None:
        self._schema = schema
        self._limits = limits
        self._suggestions = suggestions
        self._rules = validation_rules(introspection=introspection)
        self._cache: OrderedDict[str, Document] = OrderedDict()
        self._cached_tokens = 0

    def prepare(self, text: str) -> Document | DocumentRejected:
        """The document of ``text``, ready to execute, or why it is rejected."""
        document = self._cache.get(text)
        if document is not None:
            self._cache.move_to_end(text)
            return document
        return self.store_if_valid(text, self.read(text))

    def has(self, text: str) -> bool:
        """Whether the document of ``text`` is in the cache."""
        return text in self._cache

    def store_if_valid(
        self, text: str, document: Document | DocumentRejected
    ) -> Document | DocumentRejected:
        """Store ``document`` under ``text`` if it is valid, and return it."""
        if isinstance(document, Document) and text not in self._cache:
            self._store(text, document)
        return document

    def cost_rejection(
        self, operation: PreparedOperation, variables: Mapping[str, object]
    ) -> DocumentRejected | None:
        """A rejection if the list sizes in ``variables`` make ``operation`` too complex."""
        if not operation.sized_by:
            return None
        measure = ComplexityMeasure(
            self._schema,
            operation.document,
            list_size=self._limits.list_size,
            variables=variables,
        )
        return self._complexity_rejection(measure.operation(operation.definition))

    def read(self, text: str) -> Document | DocumentRejected:
        """Parse, measure and validate ``text`` without changing the cache, as in another thread."""
        node = self._parse(text)
        if isinstance(node, DocumentRejected):
            return node
        try:
            document = self._measure_document(node)
        except RecursionError:
            return DocumentRejected.with_code(
                Code.QUERY_TOO_COMPLEX, "Fragments are chained too deeply."
            )
        if isinstance(document, DocumentRejected):
            return document
        errors = validate(self._schema, node, self._rules, hide_suggestions=not self._suggestions)
        return _reject(errors, Code.GRAPHQL_VALIDATION_FAILED) if errors else document

    def _parse(self, text: str) -> DocumentNode | DocumentRejected:
        try:
            return parse(
                text,
                max_lexical_tokens=self._limits.tokens,
                max_comments=self._limits.comments,
                max_source_length=self._limits.body,
            )
        except GraphQLError as error:
            return _reject([error], Code.GRAPHQL_PARSE_FAILED)

    def _measure_document(self, node: DocumentNode) -> Document | DocumentRejected:
        measure = ComplexityMeasure(self._schema, node, list_size=self._limits.list_size)
        operations: list[PreparedOperation] = []
        for definition in node.definitions:
            if not isinstance(definition, OperationDefinitionNode):
                continue
            measure.sized_by.clear()
            complexity = measure.operation(definition)
            refusal = self._complexity_rejection(complexity)
            if refusal is not None:
                return refusal
            name = definition.name.value if definition.name else None
            sized_by, roots = frozenset(measure.sized_by), frozenset(_root_fields(node, definition))
            tokens = node.token_count or 1
            operations.append(
                PreparedOperation(
                    node, definition, name, sized_by, roots, max(1, complexity.fields), tokens
                )
            )
        by_name = {
            operation.name: operation for operation in operations if operation.name is not None
        }
        return Document(node, tuple(operations), node.token_count or 1, by_name)

    def _complexity_rejection(self, complexity: Complexity) -> DocumentRejected | None:
        limits = self._limits
        for what, size, limit in (
            ("deep", complexity.depth, limits.depth),
            ("full of aliases", complexity.aliases, limits.aliases),
            ("broad at its root", complexity.fields, limits.root_fields),
            ("costly", complexity.cost, limits.cost),
        ):
            if size > limit:
                message = f"The operation is too {what}: {_format_size(size)} of at most {limit}."
                return DocumentRejected.with_code(Code.QUERY_TOO_COMPLEX, message)
        return None

    def _store(self, text: str, document: Document) -> None:
        self._cache[text] = document
        self._cached_tokens += document.tokens
        while self._cached_tokens > self._limits.cached_tokens:
            _, evicted = self._cache.popitem(last=False)
            self._cached_tokens -= evicted.tokens


def validation_rules(*, introspection: bool) -> Sequence[type[ASTValidationRule]]:
    """The rules of validation: those of the specification and of the schema library."""
    rules = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)
    return rules if introspection else (*rules, NoSchemaIntrospectionCustomRule)


def _root_fields(node: DocumentNode, definition: OperationDefinitionNode) -> Iterator[str]:
    """The names of the root fields of ``definition`` and of its fragments, each fragment once."""
    fragments = {
        fragment.name.value: fragment.selection_set
        for fragment in node.definitions
        if isinstance(fragment, FragmentDefinitionNode)
    }
    empty_selection = SelectionSetNode(selections=())
    pending = [definition.selection_set]
    while pending:
        for selection in pending.pop().selections:
            match selection:
                case FieldNode():
                    yield selection.name.value
                case InlineFragmentNode():
                    pending.append(selection.selection_set)
                case FragmentSpreadNode():
                    pending.append(fragments.pop(selection.name.value, empty_selection))


def _reject(errors: Sequence[GraphQLError], code: Code) -> DocumentRejected:
    for error in errors:
        error.extensions = {"code": code, **(error.extensions or {})}
    return DocumentRejected(tuple(errors))


def _format_size(size: int) -> str:
    """``size`` as a short text; a document of nested fragments can have thousands of digits."""
    return str(size) if size < 10**9 else "far more"
