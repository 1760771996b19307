"""Documents: parsed, measured and validated once, then kept within a budget."""

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

from gateway.transport.errors import Code, Rejected
from gateway.transport.limits import Limits
from gateway.transport.measures import Figures, Measure


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """One executable operation of a document; the same object each time it is asked for."""

    document: DocumentNode
    definition: OperationDefinitionNode
    name: str | None
    sized_by: frozenset[str] = frozenset()
    """The variables that say how long a list is, so that the cost depends on them."""
    roots: frozenset[str] = frozenset()
    """The fields it asks of its root, by their names in the schema."""
    fields: int = 1
    """How many fields it asks of its root, each alias being one."""
    tokens: int = 0
    """Of its whole document."""

    @property
    def kind(self) -> OperationType:
        """Query, mutation or subscription."""
        return self.definition.operation


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A valid document and its operations."""

    node: DocumentNode
    operations: tuple[Operation, ...]
    tokens: int
    by_name: Mapping[str, Operation] = field(default_factory=dict)

    def operation(self, name: str | None) -> Operation | Rejected:
        """The operation called ``name``; the only one where no name is given."""
        if name is None and len(self.operations) == 1:
            return self.operations[0]
        found = self.by_name.get(name or "")
        if found is not None:
            return found
        message = (
            "Must provide operation name if query contains multiple operations."
            if name is None
            else "The document has no operation of the given name."
        )
        return Rejected.because(Code.OPERATION_RESOLUTION_FAILURE, message)


class Documents:
    """Texts to documents, through a cache bounded by tokens, least used out first."""

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

    def prepare(self, text: str) -> Document | Rejected:
        """The document of ``text``, ready to execute."""
        found = self._cache.get(text)
        if found is not None:
            self._cache.move_to_end(text)
            return found
        return self.kept(text, self.read(text))

    def knows(self, text: str) -> bool:
        """Whether the document of ``text`` is at hand."""
        return text in self._cache

    def kept(self, text: str, document: Document | Rejected) -> Document | Rejected:
        """``document``, which is that of ``text``, from now on at hand if it is valid."""
        if isinstance(document, Document) and text not in self._cache:
            self._keep(text, document)
        return document

    def affordable(self, operation: Operation, variables: Mapping[str, object]) -> Rejected | None:
        """A rejection where the list sizes in ``variables`` make ``operation`` too dear."""
        if not operation.sized_by:
            return None
        measure = Measure(
            self._schema,
            operation.document,
            list_size=self._limits.list_size,
            variables=variables,
        )
        return self._refusal(measure.operation(operation.definition))

    def read(self, text: str) -> Document | Rejected:
        """The document of ``text``, parsed, measured and validated; nothing here is changed."""
        node = self._parse(text)
        if isinstance(node, Rejected):
            return node
        try:
            document = self._measured(node)
        except RecursionError:
            return Rejected.because(Code.QUERY_TOO_COMPLEX, "Fragments are chained too deeply.")
        if isinstance(document, Rejected):
            return document
        errors = validate(self._schema, node, self._rules, hide_suggestions=not self._suggestions)
        return _coded(errors, Code.GRAPHQL_VALIDATION_FAILED) if errors else document

    def _parse(self, text: str) -> DocumentNode | Rejected:
        try:
            return parse(
                text,
                max_lexical_tokens=self._limits.tokens,
                max_comments=self._limits.comments,
                max_source_length=self._limits.body,
            )
        except GraphQLError as error:
            return _coded([error], Code.GRAPHQL_PARSE_FAILED)

    def _measured(self, node: DocumentNode) -> Document | Rejected:
        measure = Measure(self._schema, node, list_size=self._limits.list_size)
        operations: list[Operation] = []
        for definition in node.definitions:
            if not isinstance(definition, OperationDefinitionNode):
                continue
            measure.sized_by.clear()
            figures = measure.operation(definition)
            refusal = self._refusal(figures)
            if refusal is not None:
                return refusal
            name = definition.name.value if definition.name else None
            sized_by, roots = frozenset(measure.sized_by), frozenset(_roots(node, definition))
            tokens = node.token_count or 1
            operations.append(
                Operation(node, definition, name, sized_by, roots, max(1, figures.fields), tokens)
            )
        named = {each.name: each for each in operations if each.name is not None}
        return Document(node, tuple(operations), node.token_count or 1, named)

    def _refusal(self, figures: Figures) -> Rejected | None:
        limits = self._limits
        for what, size, most in (
            ("deep", figures.depth, limits.depth),
            ("full of aliases", figures.aliases, limits.aliases),
            ("broad at its root", figures.fields, limits.root_fields),
            ("costly", figures.cost, limits.cost),
        ):
            if size > most:
                message = f"The operation is too {what}: {_shown(size)} of at most {most}."
                return Rejected.because(Code.QUERY_TOO_COMPLEX, message)
        return None

    def _keep(self, text: str, document: Document) -> None:
        self._cache[text] = document
        self._cached_tokens += document.tokens
        while self._cached_tokens > self._limits.cached_tokens:
            _, evicted = self._cache.popitem(last=False)
            self._cached_tokens -= evicted.tokens


def validation_rules(*, introspection: bool) -> Sequence[type[ASTValidationRule]]:
    """The rules a document must hold: the specification's and those of the schema library."""
    rules = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)
    return rules if introspection else (*rules, NoSchemaIntrospectionCustomRule)


def _roots(node: DocumentNode, definition: OperationDefinitionNode) -> Iterator[str]:
    """The root fields of ``definition``, those of its fragments too; each fragment once."""
    fragments = {
        each.name.value: each.selection_set
        for each in node.definitions
        if isinstance(each, FragmentDefinitionNode)
    }
    nothing = SelectionSetNode(selections=())
    waiting = [definition.selection_set]
    while waiting:
        for selection in waiting.pop().selections:
            match selection:
                case FieldNode():
                    yield selection.name.value
                case InlineFragmentNode():
                    waiting.append(selection.selection_set)
                case FragmentSpreadNode():
                    waiting.append(fragments.pop(selection.name.value, nothing))


def _coded(errors: Sequence[GraphQLError], code: Code) -> Rejected:
    for error in errors:
        error.extensions = {"code": code, **(error.extensions or {})}
    return Rejected(tuple(errors))


def _shown(size: int) -> str:
    """``size`` in words that stay short: an expansion may have thousands of digits."""
    return str(size) if size < 10**9 else "far more"
