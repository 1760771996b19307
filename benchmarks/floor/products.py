"""Products with their variants, pictures and offers, by hand: a page of the list, and one product.

All that are shown are listed, come in two options, have prices in dollars, and can be bought.
"""

import base64
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

import orjson

from benchmarks.floor.carts import Store
from benchmarks.floor.figures import Json, format_dollars
from benchmarks.floor.offers import Profile, load_profile, offer

PAGE_SIZE = 24
CURSOR_SEPARATOR = "\x1f"
CARD_COLUMNS = "p.id, p.handle, p.title, p.vendor, p.images, p.option_names, p.place"
LIST_PAGE = f"""
SELECT {CARD_COLUMNS} FROM products p WHERE p.listed AND p.place > ? ORDER BY p.place LIMIT ?"""  # noqa: S608 - columns
FIND_PRODUCT = f"""
SELECT {CARD_COLUMNS}, p.description, p.description_html, p.product_type
FROM products p WHERE p.handle = ? AND p.listed"""  # noqa: S608 - columns
LIST_VARIANTS = """
SELECT v.product_id, v.id, v.title, v.prices, v.compare_at_prices, v.tax_category, v.option_values,
  s.available, s.ships_in_days, v.sku, v.image
FROM variants v JOIN stock s ON s.variant_id = v.id
WHERE v.product_id IN (SELECT value FROM json_each(?)) AND v.listed
ORDER BY v.product_id, v.place"""
LIST_COLLECTIONS = """
SELECT c.id, c.handle, c.title FROM collection_products m JOIN collections c
ON c.membership_id = m.membership_id WHERE m.product_id = ? ORDER BY c.place"""

Row = tuple[Any, ...]


def list_page(store: Store, variables: Json, client: str, purchaser: str) -> Json:
    """The page of all products after a cursor."""
    place = int(_decode(variables["after"])[1])
    rows = store.reader.execute(LIST_PAGE, (place, PAGE_SIZE + 1)).fetchall()
    profile = load_profile(store, client, purchaser)
    cursor = encode_cursor("products", rows[:PAGE_SIZE][-1][6])
    return {"data": {"products": page(store, profile, rows, cursor)}}


def show_product(store: Store, variables: Json, client: str, purchaser: str) -> Json:
    """A product with all that its own page shows."""
    row = store.reader.execute(FIND_PRODUCT, (variables["handle"],)).fetchall()[0]
    product_id = row[0]
    description, html, product_type = row[7:]
    variants = _list_variants(store, [product_id])[product_id]
    collections = store.reader.execute(LIST_COLLECTIONS, (product_id,)).fetchall()
    profile = load_profile(store, client, purchaser)
    card = _card(store, profile, row, variants)
    names = orjson.loads(row[5])
    values = zip(*(orjson.loads(variant[6]) for variant in variants), strict=True)
    shown_variants = card.pop("variants")
    for shown, variant in zip(shown_variants, variants, strict=True):
        shown |= {
            "sku": variant[9],
            "price": _price(orjson.loads(variant[3])["USD"]),
            "pricesIncludeTax": False,
            "availableQuantity": variant[7],
            "requiresShipping": True,
            "image": _picture(orjson.loads(variant[10])) if variant[10] else None,
        }
    card |= {
        "descriptionHtml": html or f"<p>{escape(description)}</p>",
        "productType": product_type or None,
        "options": [
            {"name": name, "values": list(dict.fromkeys(own))}
            for name, own in zip(names, values, strict=True)
        ],
        "images": [_picture(each) for each in orjson.loads(row[4])],
        "collections": [
            {"id": id, "handle": handle, "title": title} for id, handle, title in collections
        ],
        "variants": shown_variants,
    }
    return {"data": {"product": card}}


def page(store: Store, profile: Profile, rows: Sequence[Row], cursor: str) -> Json:
    """The products of ``rows``, of which one more than the page has says that more follow."""
    shown = rows[:PAGE_SIZE]
    variants = _list_variants(store, [row[0] for row in shown])
    return {
        "nodes": [_card(store, profile, row, variants[row[0]]) for row in shown],
        "pageInfo": {"hasNextPage": len(rows) > PAGE_SIZE, "endCursor": cursor},
    }


def encode_cursor(*position: str | int) -> str:
    """A cursor of the same form as ours."""
    text = CURSOR_SEPARATOR.join(map(str, position))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(cursor: str) -> list[str]:
    padding = "=" * (-len(cursor) % 4)
    return base64.urlsafe_b64decode(cursor + padding).decode().split(CURSOR_SEPARATOR)


def _list_variants(store: Store, product_ids: Iterable[str]) -> Mapping[str, list[Row]]:
    ids = orjson.dumps(list(product_ids)).decode()
    variants: dict[str, list[Row]] = {}
    for row in store.reader.execute(LIST_VARIANTS, (ids,)):
        variants.setdefault(row[0], []).append(row)
    return variants


def _card(store: Store, profile: Profile, row: Row, variants: Sequence[Row]) -> Json:
    id, handle, title, vendor, images, option_names, *_ = row
    prices = [orjson.loads(variant[3])["USD"] for variant in variants]
    names = orjson.loads(option_names)
    pictures = orjson.loads(images)
    return {
        "id": id,
        "handle": handle,
        "title": title,
        "vendor": vendor or None,
        "featuredImage": _picture(pictures[0]) if pictures else None,
        "priceRange": {"min": _price(min(prices)), "max": _price(max(prices))},
        "variants": [
            _variant(store, profile, variant, price, names)
            for variant, price in zip(variants, prices, strict=True)
        ],
    }


def _variant(
    store: Store, profile: Profile, row: Row, price: int, option_names: Sequence[str]
) -> Json:
    _, id, title, _, compare_at_prices, category, option_values, available, ships_in_days, *_ = row
    assert available is None
    compared = orjson.loads(compare_at_prices).get("USD", 0)
    return {
        "id": id,
        "title": title,
        "oneClick": offer(store, profile, id, title, price, category),
        "availableForSale": True,
        "shipsInDays": ships_in_days or None,
        "selectedOptions": [
            {"name": name, "value": value}
            for name, value in zip(option_names, orjson.loads(option_values), strict=True)
        ],
        "compareAtPrice": {"formatted": format_dollars(compared)} if compared > price else None,
    }


def _price(minor: int) -> Json:
    return {"amount": f"{minor // 100}.{minor % 100:02}", "formatted": format_dollars(minor)}


def _picture(cells: Sequence[Any]) -> Json:
    url, alt_text, width, height = cells
    return {
        "url": url,
        "altText": alt_text,
        "width": None if width is None else int(width),
        "height": None if height is None else int(height),
    }
