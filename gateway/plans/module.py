"""The generated Python module of a plan."""

from collections.abc import Callable

from graphql import Undefined


class Module:
    """Generated source, executed function by function, and the objects that it uses by name.

    Tracebacks show the generated lines, because ``linecache`` gets them from ``__loader__``.
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
        """The whole source text so far."""
        return "\n".join(self._lines)

    def get_source(self, name: str) -> str:
        """The source, for ``linecache``."""
        del name
        return self.source

    def number(self) -> int:
        """A new number, different from those of other functions of this module."""
        self._numbers += 1
        return self._numbers

    def bind(self, name: str, value: object) -> str:
        """Make ``value`` available to generated code as ``name``, and return the name."""
        self.names[name] = value
        return name

    def define(self, name: str, lines: list[str]) -> Callable[..., object]:
        """Add the function ``name``, whose source is ``lines``."""
        text = "\n" * len(self._lines) + "\n".join(lines)
        self._lines += [*lines, "", ""]
        # Safe, because this package writes the text from a validated document. Only names of the
        # schema and response keys come from outside, and these are GraphQL names.
        exec(compile(text, self.name, "exec"), self.names)  # noqa: S102
        function: Callable[..., object] = self.names[name]  # type: ignore[assignment]
        return function
