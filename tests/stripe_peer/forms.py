"""Form fields with brackets in their names, as Stripe's API takes them."""

from urllib.parse import parse_qsl

from tests.stripe_peer.answers import JsonObject


def parse_form(text: str) -> JsonObject:
    """``a[b]=1&c[]=2&d[0][e]=3`` as an object; lists are objects of indices until all is read."""
    form: JsonObject = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        path = name.replace("]", "").split("[")
        place = form
        for key in path[:-1]:
            below = place.setdefault(key, {})
            if not isinstance(below, dict):
                below = place[key] = {}
            place = below
        place[path[-1] or str(len(place))] = value
    return {key: _with_lists(value) for key, value in form.items()}


def _with_lists(value: object) -> object:
    if not isinstance(value, dict):
        return value
    if value and all(key.isdigit() for key in value):
        return [_with_lists(member) for member in value.values()]
    return {key: _with_lists(member) for key, member in value.items()}


def is_true(value: object) -> bool:
    return value in {"true", True}
