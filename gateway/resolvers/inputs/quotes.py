"""The input of ``quote``: a purchase described with everything its figures depend on."""

from datetime import date as day
from decimal import Decimal

import strawberry

from gateway.engine.areas.area import UsCountryArea
from gateway.engine.money import RoundingMode
from gateway.engine.tax.charge_sharing import ChargeTaxMethod
from gateway.engine.tax.rounding import RoundedSide, RoundingLevel
from gateway.engine.tax.tax_tables import CustomerKind
from gateway.resolvers.bounds import MAX_QUANTITY, count_bound, list_bound, rate_bound, text_bound
from gateway.resolvers.enums import describe_enum
from gateway.resolvers.inputs.destinations import DestinationInput
from gateway.resolvers.scalars import CountryCode, CurrencyCode

MAX_RATES = 20
MAX_TAGS = 50
MAX_QUOTE_LINES = 1_000
MAX_AREAS = 200
MAX_PATTERN_LENGTH = 40
"""Characters: two postal codes, the longest of which has 10, with blanks and a dash."""
MAX_RULES = 2_000
MAX_TABLES = 1_000
MAX_DISCOUNTS = 20
MAX_CHARGES = 20

describe_enum(
    RoundingMode,
    "How a fraction of a minor unit is settled.",
    UP="Away from zero.",
    DOWN="Towards zero.",
    CEILING="Towards the greater number.",
    FLOOR="Towards the smaller number.",
    HALF_UP="To the nearest; a half away from zero.",
    HALF_DOWN="To the nearest; a half towards zero.",
    HALF_EVEN="To the nearest; a half to the even neighbour.",
)
describe_enum(
    RoundingLevel,
    "What is rounded: the tax of one unit, of one line, or of the whole purchase.",
    UNIT="The tax of one unit; a line's is that times its quantity.",
    LINE="The tax of each line; the total is their sum.",
    TOTAL="The tax of the whole purchase, shared among its lines.",
)
describe_enum(
    RoundedSide,
    "What is rounded where prices include tax; the other part is what is left.",
    TAX="The tax in the price; what is left is the net price.",
    NET="The net price; what is left is the tax.",
)
describe_enum(
    ChargeTaxMethod,
    "How a charge without rates of its own is taxed: by the default table, or by the goods that it "
    "goes with, which are those that are shipped, after all discounts.",
    TABLE="By the rules of the default table that tax shipping.",
    PRO_RATA="Shared over the taxes of the goods by their net value, with the largest remainder.",
    HIGHEST_RATE="By the taxes of the goods whose rates come to most.",
    LARGEST_SHARE="By the taxes of the goods that are worth most; of equals, by the higher rate.",
)
describe_enum(
    CustomerKind,
    "Who buys, as far as tax tables ask.",
    CONSUMER="Anybody who is neither of the others.",
    BUSINESS="A business whose VAT id you have verified: it accounts for the tax itself where the "
    "tables say so (reverse charge).",
    EXEMPT="A customer who is exempt from tax: the tables are not asked, and nothing is taxed by "
    "them.",
)
describe_enum(
    UsCountryArea,
    "A set of destinations in the United States.",
    name="UsCountryArea",
    CONTINENTAL_48="The states without Alaska and Hawaii; not the District of Columbia.",
    FULL_50_STATES="All states; neither the District of Columbia nor the territories.",
    ALL="All states, the District of Columbia and the territories.",
)


@strawberry.input(description="A tax rate that is known to apply.")
class TaxRateInput:
    """A rate."""

    name: str = strawberry.field(default="tax", description="What the tax is called.")
    rate_percent: Decimal = strawberry.field(
        description='The rate in percent: "8.25" is 8.25 %.', metadata=rate_bound()
    )
    compound: bool = strawberry.field(
        default=False,
        description="Whether the rate is on the running amount, earlier taxes included.",
    )


@strawberry.input(one_of=True, description="A reduction: exactly one of its forms.")
class DiscountInput:
    """A reduction."""

    amount: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="So much off the whole."
    )
    amount_per_unit: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="So much off each unit; items only."
    )
    percent: Decimal | None = strawberry.field(
        default=strawberry.UNSET,
        description='So many percent off: "10" is a tenth.',
        metadata=rate_bound(100),
    )


@strawberry.input(description="A line to price, with its parts if it is a bundle.")
class QuoteItemInput:
    """A line."""

    reference: str | None = strawberry.field(
        description="Your own reference; absent: the line's index."
    )
    name: str = strawberry.field(default="item", description="What it is called.")
    unit_price: Decimal = strawberry.field(
        description="The price of one, not negative: a reduction is a discount."
    )
    quantity: int = strawberry.field(
        default=1,
        description="How many; of a component: how many per one of its parent.",
        metadata=count_bound(1, MAX_QUANTITY),
    )
    prices_include_tax: bool | None = strawberry.field(
        description="Whether the price includes tax; absent: as the quote says."
    )
    included_tax_rates: list[TaxRateInput] | None = strawberry.field(
        description="The rates that are in the price at home; only where it includes tax. Where "
        "other rates apply its net amount is kept, rounded once for the line, and their tax comes "
        "to it.",
        metadata=list_bound(MAX_RATES, weight=10),
    )
    tax_rates: list[TaxRateInput] | None = strawberry.field(
        description="Rates that are known to apply, in order; an empty list: untaxed. "
        "Not together with `taxTable`.",
        metadata=list_bound(MAX_RATES, weight=10),
    )
    tax_table: str | None = strawberry.field(
        description="The alternate tax table to use; absent: the default table."
    )
    discount: DiscountInput | None = strawberry.field(
        description="A reduction of this line, at most all of it."
    )
    tags: list[str] = strawberry.field(
        default_factory=list,
        description='What is known of it: "DIGITAL", "OVERSIZE", …',
        metadata=list_bound(MAX_TAGS),
    )
    components: list["QuoteItemInput"] = strawberry.field(
        default_factory=list,
        description="The parts of a bundle, each priced, discounted and taxed as its own line.",
        metadata=list_bound(MAX_QUOTE_LINES, weight=20),
    )


@strawberry.input(description="A named amount beside the items: shipping or a surcharge.")
class QuoteChargeInput:
    """A charge."""

    name: str = strawberry.field(default="shipping", description="What it is called.")
    amount: Decimal = strawberry.field(
        description="How much; a surcharge may be negative, shipping may not."
    )
    prices_include_tax: bool | None = strawberry.field(
        description="Whether the amount includes tax; absent: as the quote says."
    )
    tax_rates: list[TaxRateInput] | None = strawberry.field(
        description="Rates that are known to apply; absent: what the default tax table says.",
        metadata=list_bound(MAX_RATES, weight=10),
    )
    discount: DiscountInput | None = strawberry.field(
        description="A reduction of this charge, at most all of it."
    )
    tax_method: ChargeTaxMethod = strawberry.field(
        default=ChargeTaxMethod.TABLE,
        description="How a charge without `taxRates` is taxed.",
    )


@strawberry.input(description="A country, or those of its postal codes that fit a pattern.")
class PostalAreaInput:
    """Postal codes."""

    country: CountryCode = strawberry.field(description="The country.")
    pattern: str | None = strawberry.field(
        description='A code, a beginning ("SW*") or a range ("10000-10999"); absent: all.',
        metadata=text_bound(MAX_PATTERN_LENGTH),
    )


@strawberry.input(one_of=True, description="An area: exactly one of its forms.")
class TaxAreaInput:
    """An area."""

    us_state: str | None = strawberry.field(
        default=strawberry.UNSET,
        description='A United States state by its two letters: "CA".',
        metadata=text_bound(MAX_PATTERN_LENGTH),
    )
    us_zip: str | None = strawberry.field(
        default=strawberry.UNSET,
        description='A ZIP code or a beginning of one: "9404*".',
        metadata=text_bound(MAX_PATTERN_LENGTH),
    )
    us_country: UsCountryArea | None = strawberry.field(
        default=strawberry.UNSET, description="A set of destinations in the United States."
    )
    postal: PostalAreaInput | None = strawberry.field(
        default=strawberry.UNSET, description="A country or some of its postal codes."
    )
    world: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Everywhere; only true is accepted."
    )


@strawberry.input(description="A rate for areas; the first rule that holds the destination wins.")
class TaxRuleInput:
    """A rule."""

    areas: list[TaxAreaInput] = strawberry.field(
        description="Where the rule applies.", metadata=list_bound(MAX_AREAS)
    )
    rate_percent: Decimal = strawberry.field(
        description='The rate in percent: "8.25" is 8.25 %.', metadata=rate_bound()
    )
    shipping_taxed: bool = strawberry.field(
        default=False, description="Whether shipping is taxed at this rate (default table only)."
    )
    name: str = strawberry.field(default="tax", description="What the tax is called.")
    customers: list[CustomerKind] | None = strawberry.field(
        description="For whom the rule is, at least one kind; absent: for all.",
        metadata=list_bound(len(CustomerKind)),
    )
    reason: str | None = strawberry.field(
        description='Why there is no tax: "reverse charge", ...; only with a rate of zero. It '
        "is the `reason` of tax lines.",
    )


@strawberry.input(description="Tax rules for items that select them by name.")
class AlternateTaxTableInput:
    """An alternate table."""

    name: str = strawberry.field(description="The name that items select it by.")
    standalone: bool = strawberry.field(
        default=False,
        description="Where no rule matches: zero if true, what the default table says if false.",
    )
    rules: list[TaxRuleInput] = strawberry.field(
        default_factory=list,
        description="The rules, most specific first.",
        metadata=list_bound(MAX_RULES, weight=5),
    )


@strawberry.input(description="The tax rules to apply.")
class TaxTablesInput:
    """Tables."""

    default: list[TaxRuleInput] = strawberry.field(
        default_factory=list,
        description="The rules of the default table, most specific first, 2,000 with those of "
        "the alternates.",
        metadata=list_bound(MAX_RULES, weight=5),
    )
    alternates: list[AlternateTaxTableInput] = strawberry.field(
        default_factory=list,
        description="Tables that items select by name.",
        metadata=list_bound(MAX_TABLES, weight=5),
    )


@strawberry.input(
    description="How tax, and what is to pay, is rounded. Other amounts are rounded half up."
)
class RoundingInput:
    """A rounding policy."""

    mode: RoundingMode = strawberry.field(
        default=RoundingMode.HALF_UP, description="How a fraction is settled."
    )
    level: RoundingLevel = strawberry.field(
        default=RoundingLevel.LINE, description="What is rounded."
    )
    per_rate: bool = strawberry.field(
        default=True, description="Whether each rate is rounded, or all rates together."
    )
    side: RoundedSide = strawberry.field(
        default=RoundedSide.TAX,
        description="Which part of a price that includes tax is rounded.",
    )
    payable_step: Decimal | None = strawberry.field(
        description='What is to pay is rounded to a multiple of it: "0.05" in Switzerland. The '
        "difference is an adjustment of its own, of which no tax is taken; absent: to the "
        "currency's smallest unit.",
    )


@strawberry.input(description="A purchase to price. Nothing of it is stored.")
class QuoteInput:
    """A described purchase."""

    currency: CurrencyCode = strawberry.field(description="The currency of all amounts.")
    prices_include_tax: bool = strawberry.field(
        default=False, description="Whether amounts include tax, where they do not say themselves."
    )
    items: list[QuoteItemInput] = strawberry.field(
        description="The lines, 1,000 with all components.",
        metadata=list_bound(MAX_QUOTE_LINES, weight=20),
    )
    discounts: list[DiscountInput] = strawberry.field(
        default_factory=list,
        description="Reductions of the order: applied in order after item discounts, to items "
        "only, each at most what is left of them.",
        metadata=list_bound(MAX_DISCOUNTS, weight=100),
    )
    shipping: list[QuoteChargeInput] = strawberry.field(
        default_factory=list, description="Shipping prices.", metadata=list_bound(MAX_CHARGES)
    )
    surcharges: list[QuoteChargeInput] = strawberry.field(
        default_factory=list,
        description="Further amounts, which may be negative.",
        metadata=list_bound(MAX_CHARGES),
    )
    stored_value: Decimal | None = strawberry.field(
        description="Stored value to pay with: it changes no tax."
    )
    ship_to: DestinationInput | None = strawberry.field(
        description="Where it goes; absent: tax by tables cannot be known."
    )
    tax_tables: TaxTablesInput | None = strawberry.field(
        description="The tax rules for items that give no rates."
    )
    customer: CustomerKind = strawberry.field(
        default=CustomerKind.CONSUMER,
        description="Who buys. Tax tables decide by it; rates that are given with an item or a "
        "charge apply whoever buys.",
    )
    rounding: RoundingInput | None = strawberry.field(
        description="How tax is rounded; absent: half up, per line, per rate."
    )
    date: day | None = strawberry.field(
        description="The day whose rules apply; absent: today at the destination.",
    )
