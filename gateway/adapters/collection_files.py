"""Collection files: YAML that says which collections there are, and what is in them."""

import json
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Self, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from gateway.adapters.rules.document_errors import describe_errors
from gateway.adapters.rules.files import JSON_SCHEMA_DRAFT
from gateway.adapters.rules.strict_yaml import InvalidYaml, load_yaml
from gateway.engine.catalogue.collections import (
    MAX_CONDITIONS,
    CollectionCondition,
    CollectionRule,
    ConditionField,
    ConditionMatch,
    ConditionRelation,
)
from gateway.engine.catalogue.handles import explain_bad_handle
from gateway.engine.catalogue.products import Image
from gateway.engine.text.web_links import MAX_URL_LENGTH, parse_web_url
from gateway.services.catalogue.collection_import import CollectionEntry

MAX_COLLECTIONS = 5_000
"""A file with more collections is refused."""
MAX_PICKED_PRODUCTS = 10_000
"""A collection with more products picked by hand is refused."""
MAX_PIXELS = 100_000
MEDIA_PATH = "/media/"
"""Where the shop's own pictures are served."""


class InvalidCollectionFile(ValueError):
    """A collection file cannot be read; each error has the path of its entry."""

    def __init__(self, errors: tuple[str, ...]) -> None:
        super().__init__("\n".join(errors))
        self.errors = errors


def _require_picture_url(text: str) -> str:
    """Return ``text`` if it is an address of a page, or of one of the shop's own pictures.

    Raises:
        ValueError: it is neither.

    """
    is_own_picture = text.startswith(MEDIA_PATH) and ".." not in text
    url = parse_web_url(f"https://shop{text}" if is_own_picture else text)
    if url is None:
        raise ValueError(f"it is no http or https address, and does not begin with {MEDIA_PATH}")
    return text


def _require_handle(text: str) -> str:
    """Return ``text`` as files of products write it, if it can be a name in addresses.

    Raises:
        ValueError: it cannot.

    """
    if reason := explain_bad_handle(text):
        raise ValueError(f"it {reason}")
    return _to_composed_form(text)


def _to_composed_form(text: str) -> str:
    return unicodedata.normalize("NFC", text)


Line: TypeAlias = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255)
]
Handle: TypeAlias = Annotated[
    str,
    StringConstraints(strip_whitespace=True, pattern=r"^[^\s/?#%\\]{1,255}$"),
    AfterValidator(_require_handle),
    Field(description="A name in addresses of pages: no blank, and none of / ? # % \\."),
]
ProductHandle: TypeAlias = Annotated[Line, AfterValidator(_to_composed_form)]
PictureUrl: TypeAlias = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=MAX_URL_LENGTH),
    AfterValidator(_require_picture_url),
]
Pixels: TypeAlias = Annotated[int, Field(ge=1, le=MAX_PIXELS)]


class DocumentEntry(BaseModel):
    """Refuses what it does not know. A number is taken as the text that it is written as."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


class PictureEntry(DocumentEntry):
    """The picture of a collection; sizes are in pixels."""

    url: PictureUrl
    alt_text: Line | None = None
    width: Pixels | None = None
    height: Pixels | None = None


class ConditionEntry(DocumentEntry):
    """A condition on the tags, the type or the vendor of a product, without regard to case."""

    field: ConditionField
    relation: ConditionRelation = ConditionRelation.EQUALS
    value: Line


class CollectionRuleEntry(DocumentEntry):
    """The products of a collection: those that meet all, or any, of the conditions."""

    match: ConditionMatch = ConditionMatch.ALL
    conditions: Annotated[list[ConditionEntry], Field(min_length=1, max_length=MAX_CONDITIONS)]


class CollectionFileEntry(DocumentEntry):
    """A collection, with a rule or with products picked by hand, named by their handles.

    With neither it is picked by hand, and the products in it stay.
    """

    handle: Handle
    title: Line
    description: Annotated[str, Field(max_length=20_000)] = ""
    image: PictureEntry | None = None
    products: Annotated[list[ProductHandle], Field(max_length=MAX_PICKED_PRODUCTS)] | None = None
    rule: CollectionRuleEntry | None = None

    @model_validator(mode="after")
    def _check_products(self) -> Self:
        if self.products is not None and self.rule is not None:
            raise ValueError("a collection has either products or a rule")
        repeated = [handle for handle, count in Counter(self.products or ()).items() if count > 1]
        if repeated:
            raise ValueError(f"the product {repeated[0]} is there twice")
        return self


class CollectionDocument(DocumentEntry):
    """The collections, in the order in which they are listed."""

    collections: Annotated[list[CollectionFileEntry], Field(max_length=MAX_COLLECTIONS)]


def read_collection_file(path: Path) -> tuple[CollectionEntry, ...]:
    """The collections in the file at ``path``.

    Raises:
        InvalidCollectionFile: it is not text, not YAML, or not a collection file.

    """
    try:
        document = CollectionDocument.model_validate(
            load_yaml(path.read_text(encoding="utf-8-sig"))
        )
    except UnicodeDecodeError as error:
        raise InvalidCollectionFile(("it is not UTF-8 text",)) from error
    except InvalidYaml as error:
        raise InvalidCollectionFile((str(error),)) from error
    except ValidationError as error:
        raise InvalidCollectionFile(describe_errors(error)) from error
    errors = tuple(_repeated_handles(document))
    if errors:
        raise InvalidCollectionFile(errors)
    return tuple(map(_build_entry, document.collections))


def collection_file_schema() -> str:
    """The JSON Schema of collection files."""
    schema = {"$schema": JSON_SCHEMA_DRAFT, **CollectionDocument.model_json_schema()}
    return json.dumps(schema, indent=2)


def _repeated_handles(document: CollectionDocument) -> Iterator[str]:
    numbers: dict[str, int] = {}
    for number, entry in enumerate(document.collections, 1):
        first_number = numbers.setdefault(entry.handle, number)
        if first_number != number:
            yield (
                f"collections[{number}].handle: {entry.handle} is that of"
                f" collections[{first_number}], too"
            )


def _build_entry(entry: CollectionFileEntry) -> CollectionEntry:
    return CollectionEntry(
        entry.handle,
        entry.title,
        entry.description.strip(),
        None if entry.image is None else _build_image(entry.image),
        None if entry.rule is None else _build_rule(entry.rule),
        None if entry.products is None else tuple(entry.products),
    )


def _build_image(picture: PictureEntry) -> Image:
    return Image(picture.url, picture.alt_text, picture.width, picture.height)


def _build_rule(rule: CollectionRuleEntry) -> CollectionRule:
    conditions = tuple(
        CollectionCondition(condition.field, condition.relation, condition.value)
        for condition in rule.conditions
    )
    return CollectionRule(rule.match, conditions)
