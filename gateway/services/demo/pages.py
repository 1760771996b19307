"""What the pages of the demonstration's products say."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class DemoPage:
    """The texts of a product's page; ``html`` is its description."""

    product_type: str
    tags: tuple[str, ...]
    html: str
    seo_description: str


def _page(product_type: str, tags: str, seo_description: str, *paragraphs: str) -> DemoPage:
    """A page whose paragraphs after the first, "name: fact" each, are a list."""
    texts, facts = paragraphs[:1], [text.split(": ", 1) for text in paragraphs[1:]]
    html = "".join(f"<p>{text}</p>" for text in texts)
    if facts:
        rows = "".join(f"<li><strong>{name}:</strong> {fact}</li>" for name, fact in facts)
        html += f"<ul>{rows}</ul>"
    return DemoPage(product_type, tuple(tags.split(", ")), html, seo_description)


DEMO_PAGES: Final[Mapping[str, DemoPage]] = {
    "stoneware-mug": _page(
        "Tableware",
        "coffee, tea, gift, handmade",
        "A thrown stoneware mug in white, blue or green, for the dishwasher too.",
        "A mug that sits well in both hands. Each is thrown on a wheel and glazed by dipping, so"
        " no two have quite the same rim.",
        "Holds: 350 ml",
        "Care: dishwasher and microwave",
        "Made of: stoneware, fired at 1,240 °C",
    ),
    "linen-tea-towel": _page(
        "Kitchen textiles",
        "linen, gift, plastic-free",
        "A striped tea towel of washed linen that dries glasses without fluff.",
        "Washed linen takes up water at once and leaves no fluff on glasses. It gets softer every"
        " year.",
        "Size: 50 by 70 cm",
        "Care: 60 °C, no softener",
    ),
    "french-press-1-litre": _page(
        "Coffee makers",
        "coffee, sale, gift",
        "A French press of glass and steel for one litre of coffee.",
        "Coarse coffee, hot water, four minutes: this is all it asks for. The sieve is of steel and"
        " can be taken apart for cleaning.",
        "Holds: 1 litre, or four mugs",
        "Care: all parts go into the dishwasher",
        "Spare parts: glass and sieve can be bought alone",
    ),
    "pouring-kettle": _page(
        "Coffee makers",
        "coffee, tea",
        "A kettle with a narrow spout, to pour slowly and exactly.",
        "The narrow spout pours as slowly as you like, and stops without a drop. For gas, induction"
        " and all other hobs.",
        "Holds: 0.9 litre",
        "Made of: steel, with a knob of walnut",
    ),
    "canvas-apron": _page(
        "Kitchen textiles",
        "cotton, gift",
        "An apron of strong canvas with two pockets, short or long.",
        "Canvas that keeps its shape, straps that cross at the back, and two pockets: one for a"
        " towel, one for everything else.",
        "Short: 60 cm",
        "Long: 85 cm",
        "Care: 40 °C, it fades a little",
    ),
    "beeswax-candle": _page(
        "Candles",
        "gift, handmade, plastic-free",
        "A candle of pure beeswax that burns for forty hours.",
        "Pure beeswax, poured by hand. It smells of honey before it is lit, and hardly at all while"
        " it burns.",
        "Burns for: 40 hours",
        "Size: 7 by 12 cm",
    ),
    "dotted-notebook": _page(
        "Stationery",
        "paper, gift",
        "A notebook of dotted paper that lies flat when it is open.",
        "Dots guide a line and never get in its way. The pages are sewn, so that the book lies flat"
        " wherever it is opened.",
        "Pages: 192, numbered",
        "Paper: 100 g/m², for fountain pens",
        "Size: A5",
    ),
    "house-coffee": _page(
        "Coffee",
        "coffee, organic",
        "Our coffee for every day: cocoa, hazelnut, little acid.",
        "Roasted slowly, twice a week. It tastes of cocoa and hazelnut, and does not mind milk.",
        "Roast: medium",
        "Beans: whole; they keep for three months",
        "Origin: Honduras and Ethiopia",
    ),
    "green-tea": _page(
        "Tea",
        "tea, organic, gift",
        "Green tea of the first harvest in a tin that is used again.",
        "Leaves of the first harvest, steamed and rolled. Use water of 75 °C and wait two minutes;"
        " a second pot is as good as the first.",
        "Content: 100 g, about 40 cups",
        "Origin: Shizuoka",
    ),
    "dark-chocolate": _page(
        "Sweets",
        "organic, gift, vegan",
        "Dark chocolate of three ingredients, 70 % cocoa.",
        "Three ingredients and two days of patience: cocoa beans, cocoa butter and raw sugar.",
        "Cocoa: 70 %",
        "Allergens: made where hazelnuts are used",
    ),
    "olive-oil-500-ml": _page(
        "Oil and vinegar",
        "organic, sale, vegan",
        "Olive oil of one harvest, pressed on the day of picking.",
        "Pressed on the day the olives were picked, and not filtered. Green, a little peppery, good"
        " on bread before anything else.",
        "Acidity: below 0.3 %",
        "Keeps: 18 months, away from light",
    ),
    "the-book-of-bread": _page(
        "Books",
        "baking, gift, paper",
        "Sixty breads from flour, water, salt and time, each with its timetable.",
        "Sixty breads, from the first flat one to the sourdough that somebody will ask you for."
        " Every recipe has a timetable that fits around a working day.",
        "Pages: 288, with drawings",
        "Binding: sewn, with two ribbons",
    ),
    "brewing-at-home-e-book": _page(
        "E-books",
        "coffee, tea, digital",
        "How to brew coffee and tea well with what is already in the kitchen.",
        "Ten short chapters on water, grind, time and heat. No machine is needed, and none is"
        " recommended.",
        "Format: EPUB without copy protection",
        "Delivery: a link by mail, at once",
    ),
    "t-shirt": _page(
        "Clothing",
        "cotton, organic",
        "A T-shirt of heavy organic cotton, cut straight.",
        "Heavy cotton, cut straight, with a collar that stays in shape. Nothing is printed on it.",
        "Fabric: 200 g/m², organic cotton",
        "Care: 40 °C, line dry",
        "Chest, S to L: 98, 104, 110 cm",
    ),
    "signed-print-limited-edition": _page(
        "Prints",
        "paper, gift, limited",
        "A print of hills under a low sun, signed and numbered, framed in oak.",
        "Hills under a low sun, printed in six colours by hand. Signed, numbered, and never printed"
        " again.",
        "Edition: 40",
        "Frame: oak, 50 by 60 cm, with glass",
    ),
    "standing-desk-made-to-order": _page(
        "Furniture",
        "wood, made-to-order",
        "A desk that stands up with you, made to order in two weeks.",
        "Made when you order it, and on its way 14 days later. It rises from 65 to 125 cm, quietly,"
        " and remembers four heights.",
        "Top: beech, oiled, 140 by 75 cm",
        "Carries: 120 kg",
    ),
    "oak-table": _page(
        "Furniture",
        "wood",
        "A table of solid oak for six, with rounded corners.",
        "Solid oak with an oiled top and corners that are kind to hips. Two people carry it in and"
        " turn eight screws.",
        "Size: 180 by 90 cm, for six",
        "Care: a damp cloth, oil once a year",
    ),
    "red-wine": _page(
        "Wine",
        "organic, adults",
        "A dry red wine from old vines, for people who may buy it.",
        "Dry, dark, with cherries in it. Open it an hour before dinner. Somebody of age must take"
        " it in.",
        "Content: 750 ml, 13 % vol",
        "Allergens: sulphites",
    ),
    "kettle-warranty-two-years": _page(
        "Services",
        "digital",
        "Two more years of warranty for the pouring kettle.",
        "Two years more than the law gives: whatever breaks on the kettle is mended or replaced.",
        "Begins: the day after the statutory warranty ends",
    ),
    "donation-to-the-food-bank": _page(
        "Donations",
        "digital, gift",
        "Five dollars for the food bank, passed on whole.",
        "Passed on whole, once a month. No code reduces it, and it takes no tax.",
    ),
    "breakfast-set": _page(
        "Sets",
        "coffee, gift, sale",
        "Two white mugs, a bag of house coffee and two bars of chocolate.",
        "All that a slow morning needs, for less than its parts.",
        "Holds: 2 white stoneware mugs, 250 g of house coffee, 2 bars of dark chocolate",
    ),
    "merino-socks": _page(
        "Clothing",
        "wool, gift, sale",
        "Knitted socks of merino wool in two colours.",
        "Merino that does not scratch, knitted without a seam at the toes.",
        "Fabric: 80 % merino, 20 % polyamide",
        "Care: 30 °C, wool",
        "Shoe size, S to L: 36-38, 39-42, 43-46",
    ),
}
"""The pages by the handles of the products."""

ALT_TEXTS: Final[Mapping[str, str]] = {
    "stoneware-mug": "A stoneware mug glazed in white",
    "stoneware-mug-blue": "A stoneware mug glazed in blue",
    "stoneware-mug-green": "A stoneware mug glazed in green",
    "linen-tea-towel": "A folded linen tea towel with stripes",
    "french-press-1-litre": "A French press of glass and steel, half full of coffee",
    "pouring-kettle": "A pouring kettle with a thin curved spout",
    "canvas-apron": "A short canvas apron with two pockets",
    "canvas-apron-long": "A long canvas apron with two pockets",
    "beeswax-candle": "A lit beeswax candle on a brass dish",
    "dotted-notebook": "A notebook with dots on its cover and a ribbon",
    "house-coffee": "A small bag of coffee with three beans beside it",
    "house-coffee-1-kg": "A large bag of coffee with three beans beside it",
    "green-tea": "A tin of green tea with a leaf on its label",
    "dark-chocolate": "A bar of dark chocolate, its wrapper half open",
    "olive-oil-500-ml": "A bottle of olive oil with an olive branch on its label",
    "the-book-of-bread": "A cookery book with a loaf on its cover",
    "brewing-at-home-e-book": "An e-reader that shows a cup on the first page of a book",
    "t-shirt": "A plain T-shirt laid flat",
    "signed-print-limited-edition": "A framed print of hills under a low sun",
    "standing-desk-made-to-order": "A standing desk with a lamp and a plant",
    "oak-table": "A table of oak with a bowl of pears",
    "red-wine": "A bottle of red wine with a glass beside it",
    "kettle-warranty-two-years": "A certificate with a seal and the outline of a kettle",
    "donation-to-the-food-bank": "A paper bag full of vegetables and bread, with a heart on it",
    "breakfast-set": "Two white mugs, a bag of coffee and two bars of chocolate",
    "merino-socks": "A pair of knitted socks the colour of oats",
    "merino-socks-moss": "A pair of knitted socks the colour of moss",
}
"""The alternative texts of the drawings by their titles."""
