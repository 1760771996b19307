"""Which parameters a request may have: what the ``stripe`` package's types name, and no others."""

import ast
import importlib.util
from functools import cache
from pathlib import Path

from tests.stripe_peer.answers import JsonObject, Refused

# `key` and `_stripe_version` are sent by Stripe.js; `client_secret` is checked by who is asked.
BROWSER_FIELDS = {"key", "_stripe_version", "client_secret", "use_stripe_sdk"}


def check_parameters(kind: str, form: JsonObject) -> None:
    """Raise for a parameter that ``kind`` ("payment_intent_create") does not have.

    The library has no types for what Stripe.js alone asks for: ``kind`` is empty there.
    """
    if not kind:
        return
    classes = _classes(kind)
    _check(classes, next(iter(classes)), form, "")


def _check(classes: dict[str, dict[str, str]], name: str, form: JsonObject, prefix: str) -> None:
    for key, value in form.items():
        path = f"{prefix}[{key}]" if prefix else key
        if path == "payment_method_types" and "allowed_payment_method_types" in classes[name]:
            raise Refused(
                "`payment_method_types` is no longer supported. Use "
                "`allowed_payment_method_types` instead.",
                code="payment_method_types_no_longer_supported",
                param=path,
                is_checked_first=True,
            )
        is_from_browser = path in BROWSER_FIELDS or path == "payment_method_data[card]"
        if key not in classes[name] and not is_from_browser:
            raise Refused(
                f"Received unknown parameter: {path}",
                code="parameter_unknown",
                param=path,
                is_checked_first=True,
            )
        # Card numbers come from Stripe.js alone, and the server's types leave them out.
        if path == "payment_method_data[card]":
            continue
        if isinstance(value, dict) and (below := _class_of(classes, classes[name].get(key, ""))):
            _check(classes, below, value, path)


def _class_of(classes: dict[str, dict[str, str]], annotation: str) -> str | None:
    """The class that an annotation names; a free mapping ("Dict[str, str]") names none."""
    words = ast.walk(ast.parse(annotation or "None"))
    for node in words:
        text = node.value if isinstance(node, ast.Constant) else getattr(node, "id", None)
        if isinstance(text, str):
            for word in text.replace("[", "|").replace("]", "|").split("|"):
                if word.strip("'\" ") in classes:
                    return word.strip("'\" ")
    return None


@cache
def _classes(kind: str) -> dict[str, dict[str, str]]:
    """The classes of a module of parameters with their fields' annotations, the request's first."""
    package = importlib.util.find_spec("stripe")
    if package is None or package.origin is None:
        raise ImportError("the package `stripe` is not installed")
    path = Path(package.origin).parent / "params" / f"_{kind}_params.py"
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        node.name: {
            field.target.id: ast.unparse(field.annotation)
            for field in node.body
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        }
        for node in tree.body
        if isinstance(node, ast.ClassDef)
    }
