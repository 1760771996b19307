"""Filtered lists and searches with their numbers and facets, by hand: one statement for each.

The one filter is by colour, price and availability, sorted by price; a search has words alone.
"""

from collections.abc import Iterable
from hashlib import blake2b
from itertools import groupby

import orjson

from benchmarks.floor.carts import Store
from benchmarks.floor.figures import Json
from benchmarks.floor.offers import load_profile
from benchmarks.floor.products import CARD_COLUMNS, PAGE_SIZE, Row, encode_cursor, page

FIXED_FACETS = ("vendor", "type", "tag")
IS_OF_COLOR = "o.name = 'Color' AND o.value IN (SELECT value FROM json_each(:colors))"
# CROSS JOIN keeps the order: first the few of the colour, then what else is asked of them.
VARIANTS_IN_RANGE = f"""
FROM variant_options o
CROSS JOIN variant_prices r ON r.number = o.number AND r.currency = 'USD'
CROSS JOIN variant_availability a ON a.number = o.number AND a.for_sale IN (:yes, :no)
WHERE {IS_OF_COLOR} AND r.amount >= :lowest"""
MATCHING = f"SELECT o.number {VARIANTS_IN_RANGE}".replace("IN (:yes, :no)", "= :yes")
COUNT_FILTERED = f"SELECT count(DISTINCT number >> 16) FROM ({MATCHING})"  # noqa: S608 - ours
LIST_BY_PRICE = f"""
SELECT {CARD_COLUMNS}, l.lowest
FROM product_prices l JOIN products p ON p.place = l.place AND p.listed
WHERE l.currency = 'USD' AND l.place IN (SELECT number >> 16 FROM ({MATCHING}))
ORDER BY l.lowest, l.place LIMIT {PAGE_SIZE + 1}"""  # noqa: S608 - ours
COUNT_AVAILABLE = f"""
SELECT a.for_sale, count(DISTINCT a.number >> 16) {VARIANTS_IN_RANGE} GROUP BY a.for_sale"""
COUNT_FIXED_FACETS = f"""
SELECT name, value, count(*) FROM product_facets
WHERE name IN ('vendor', 'type', 'tag') AND place IN (SELECT number >> 16 FROM ({MATCHING}))
GROUP BY name, value"""  # noqa: S608 - ours
COUNT_OPTIONS = f"""
SELECT name, value, count(DISTINCT number >> 16) FROM variant_options
WHERE name <> 'Color' AND number IN ({MATCHING}) GROUP BY name, value"""  # noqa: S608 - ours
COUNT_COLORS = """
SELECT name, value, count(DISTINCT number >> 16) FROM variant_options WHERE name = 'Color'
AND number IN (SELECT number FROM variant_prices WHERE currency = 'USD' AND amount >= :lowest)
AND number IN (SELECT number FROM variant_availability WHERE for_sale = :yes)
GROUP BY name, value"""

PLACES_WITH_WORDS = "SELECT rowid FROM product_search WHERE product_search MATCH :words"
COUNT_WITH_WORDS = "SELECT count(*) FROM product_search WHERE product_search MATCH :words"
LIST_WITH_WORDS = f"""
WITH first AS (
  SELECT p.place, p.title_key, p.place IN (
    SELECT rowid FROM product_search WHERE product_search MATCH :title
  ) AS in_title
  FROM products p WHERE p.listed AND p.place IN ({PLACES_WITH_WORDS})
  ORDER BY in_title DESC, p.title_key, p.place LIMIT {PAGE_SIZE + 1}
)
SELECT {CARD_COLUMNS}, f.title_key, f.in_title FROM first f JOIN products p ON p.place = f.place
ORDER BY f.in_title DESC, f.title_key, f.place"""  # noqa: S608 - ours
COUNT_AVAILABLE_WITH_WORDS = f"""
SELECT for_sale, count(DISTINCT number >> 16) FROM variant_availability
WHERE for_sale IS NOT NULL AND number >> 16 IN ({PLACES_WITH_WORDS}) GROUP BY for_sale"""  # noqa: S608 - ours
COUNT_FACETS_WITH_WORDS = f"""
SELECT name, value, count(*) FROM product_facets WHERE place IN ({PLACES_WITH_WORDS})
GROUP BY name, value"""  # noqa: S608 - ours


def list_selected(store: Store, variables: Json, client: str, purchaser: str) -> Json:
    """The first page of the products that are filtered or searched, with number and facets."""
    if "filter" in variables:
        rows, count, facets = _filter(store, variables)
        *_, place, lowest = rows[:PAGE_SIZE][-1]
        position: tuple[str | int, ...] = (0, lowest, place)
    else:
        rows, count, facets = _search(store, variables["query"])
        *_, place, title_key, in_title = rows[:PAGE_SIZE][-1]
        position = (0 if in_title else 1, title_key, place)
    profile = load_profile(store, client, purchaser)
    name = blake2b(orjson.dumps(variables), digest_size=12).hexdigest()
    cursor = encode_cursor(f"products {name}", *position)
    shown = page(store, profile, rows, cursor)
    return {"data": {"products": {**shown, "totalCount": count, "facets": facets}}}


def _filter(store: Store, variables: Json) -> tuple[list[Row], int, list[Json]]:
    conditions, execute = variables["filter"], store.reader.execute
    assert variables["sort"] == "PRICE_ASC"
    assert conditions["available"]
    (option,) = conditions["options"]
    values = {
        "colors": orjson.dumps(option["values"]).decode(),
        "lowest": 100 * int(conditions["priceMin"]),
        "yes": 1,
    }
    rows = execute(LIST_BY_PRICE, values).fetchall()
    count = execute(COUNT_FILTERED, values).fetchall()[0][0]
    available = execute(COUNT_AVAILABLE, {**values, "no": 0}).fetchall()
    facets = [
        row
        for statement in (COUNT_FIXED_FACETS, COUNT_OPTIONS, COUNT_COLORS)
        for row in execute(statement, values)
    ]
    return rows, count, _facets(available, facets)


def _search(store: Store, query: str) -> tuple[list[Row], int, list[Json]]:
    expression = " AND ".join(f"{word}*" for word in query.casefold().split())
    words = {"words": f"{{words}} : ({expression})"}
    execute = store.reader.execute
    rows = execute(LIST_WITH_WORDS, {**words, "title": f"{{title}} : ({expression})"}).fetchall()
    count = execute(COUNT_WITH_WORDS, words).fetchall()[0][0]
    available = execute(COUNT_AVAILABLE_WITH_WORDS, words).fetchall()
    return rows, count, _facets(available, execute(COUNT_FACETS_WITH_WORDS, words))


def _facets(available: Iterable[Row], rows: Iterable[Row]) -> list[Json]:
    """What can be bought, vendor, type, tag, then options by name; frequent values first."""
    places = {name: index for index, name in enumerate(FIXED_FACETS)}
    ordered = sorted(rows, key=lambda row: (places.get(row[0], 3), row[0], -row[2], row[1]))
    counts = {bool(for_sale): count for for_sale, count in available}
    return [
        {
            "name": "available",
            "values": [
                {"value": "true" if for_sale else "false", "count": counts[for_sale]}
                for for_sale in (True, False)
                if for_sale in counts
            ],
        },
        *(
            {"name": name, "values": [{"value": row[1], "count": row[2]} for row in group]}
            for name, group in groupby(ordered, key=lambda row: row[0])
        ),
    ]
