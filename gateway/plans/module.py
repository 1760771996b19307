"""The Python a plan consists of: source text that grows function by function, and its names."""

from collections.abc import Callable

from graphql import Undefined


class Module:
    """Generated source, executed as it is added, with the objects it refers to.

    Tracebacks show the generated lines: ``linecache`` asks ``__loader__`` for them.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._lines: list[str] = []
        self.names: dict[str, object] = {
            "__name__": name,
            "__loader__": self,
            "Undefined": Undefined,
        }
        self._numbers = 0

    @property
    def source(self) -> str:
        """The whole text so far."""
        return "\n".join(self._lines)

    def get_source(self, name: str) -> str:
        """The source, as ``linecache`` asks for it."""
        del name
        return self.source

    def number(self) -> int:
        """A number no other function of this module has."""
        self._numbers += 1
        return self._numbers

    def bind(self, name: str, value: object) -> str:
        """Make ``value`` known to generated code as ``name``."""
        self.names[name] = value
        return name

    def define(self, name: str, lines: list[str]) -> Callable[..., object]:
        """Add the function ``name``, whose source is ``lines``."""
        text = "\n" * len(self._lines) + "\n".join(lines)
        self._lines += [*lines, "", ""]
        # The text is written by this package from a validated document: names of the schema and
        # response keys, which are GraphQL names, are all that comes from elsewhere.
        exec(compile(text, self.name, "exec"), self.names)  # noqa: S102
        function: Callable[..., object] = self.names[name]  # type: ignore[assignment]
        return function
