"""Values: frozen dataclasses that are made by the hundred for one request."""

from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any, TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def value(cls: type[T]) -> type[T]:
    """``cls`` as a frozen dataclass with slots, made in half the time.

    ``dataclass`` sets each field of a frozen instance by its name; this sets its slot. Fields
    have plain defaults or none, all are parameters, and nothing is derived from them.
    """
    made = dataclass(frozen=True, slots=True)(cls)
    # The dataclass's own parameters and annotations stay; its way to set them goes.
    made.__init__ = _init(made)  # type: ignore[method-assign]
    return made


def _init(made: type[T]) -> Any:  # noqa: ANN401 - a function with the parameters of its class
    own = fields(made)  # type: ignore[arg-type]
    names = {f"_set_{each.name}": getattr(made, each.name).__set__ for each in own}
    names |= {f"_default_{each.name}": each.default for each in own}
    body = "; ".join(f"_set_{each.name}(self, {each.name})" for each in own)
    source = f"def __init__(self, {', '.join(map(_parameter, own))}):\n {body}"
    exec(source, names)  # noqa: S102 - of the names of fields, as ``dataclass`` itself does
    init: Any = names["__init__"]
    init.__annotations__ = made.__init__.__annotations__
    init.__qualname__ = f"{made.__qualname__}.__init__"
    return init


def _parameter(each: "Field[Any]") -> str:
    return each.name if each.default is MISSING else f"{each.name}=_default_{each.name}"
