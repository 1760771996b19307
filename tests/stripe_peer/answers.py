"""What Stripe answers where it refuses: CONTRIBUTING.md, "Test a payment provider"."""

from typing import Any, TypeAlias

JsonObject: TypeAlias = dict[str, Any]


class Refused(Exception):
    """An error answer. ``is_checked_first``: of the parameters, so that no key remembers it."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        type: str = "invalid_request_error",
        is_checked_first: bool = False,
        **fields: object,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.is_checked_first = is_checked_first
        self.body: JsonObject = {"error": {"message": message, "type": type, **fields}}


def missing_object(kind: str, id: str, param: str, status: int = 400) -> Refused:
    """No such object in this account."""
    return Refused(f"No such {kind}: '{id}'", status=status, code="resource_missing", param=param)


def missing_parameter(param: str) -> Refused:
    return Refused(
        f"Missing required param: {param}.",
        code="parameter_missing",
        param=param,
        is_checked_first=True,
    )
