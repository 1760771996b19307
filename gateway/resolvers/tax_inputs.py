"""Reading tax rates, rules and tables of a quote."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from gateway.engine.areas import (
    US_STATES,
    Area,
    InPostalCodes,
    InRegion,
    InUnitedStates,
    World,
)
from gateway.engine.complaints import Complaints, Path
from gateway.engine.coverage import well_formed
from gateway.engine.known_areas import pattern_fault, region_fault
from gateway.engine.levies import TaxRate
from gateway.engine.taxes import (
    DEFAULT_TABLE,
    CustomerKind,
    TaxRule,
    TaxTable,
    TaxTables,
    table_key,
)
from gateway.resolvers.amounts import Reading
from gateway.resolvers.inputs.quotes import (
    MAX_RULES,
    AlternateTaxTableInput,
    PostalAreaInput,
    TaxAreaInput,
    TaxRateInput,
    TaxRuleInput,
    TaxTablesInput,
)
from gateway.services.ports.countries import Countries


@dataclass(frozen=True, slots=True)
class TaxReading:
    """Reads what an input says of tax."""

    reading: Reading
    countries: Countries

    @property
    def complaints(self) -> Complaints:
        """Where refusals go."""
        return self.reading.complaints

    def rates(self, given: Sequence[TaxRateInput], path: Path) -> tuple[TaxRate, ...]:
        """Rates that are known to apply."""
        return tuple(self._rate(rate, (*path, str(at))) for at, rate in enumerate(given))

    def _rate(self, given: TaxRateInput, path: Path) -> TaxRate:
        name = self.reading.text(given.name, (*path, "name"))
        percent = self.reading.percent(given.rate_percent, (*path, "ratePercent"))
        return TaxRate(name, percent, given.compound)

    def tables(self, given: TaxTablesInput, path: Path) -> TaxTables:
        """The default table and the alternates, each under a name of its own."""
        rules = len(given.default) + sum(len(each.rules) for each in given.alternates)
        if rules > MAX_RULES:
            message = f"There may be at most {MAX_RULES:,} rules in all; these are {rules:,}."
            self.complaints.add(path, message)
            return TaxTables(TaxTable(DEFAULT_TABLE))
        default = TaxTable(DEFAULT_TABLE, self._rules(given.default, (*path, "default")))
        alternates: dict[str, TaxTable] = {}
        for at, each in enumerate(given.alternates):
            self._add_alternate(alternates, each, (*path, "alternates", str(at)))
        return TaxTables(default, alternates)

    def _add_alternate(
        self, tables: dict[str, TaxTable], given: AlternateTaxTableInput, path: Path
    ) -> None:
        key = table_key(self.reading.text(given.name, (*path, "name")))
        if key in tables:
            self.complaints.add((*path, "name"), "Another table has the same name.")
        tables[key] = TaxTable(key, self._rules(given.rules, (*path, "rules")), given.standalone)

    def _rules(self, given: Sequence[TaxRuleInput], path: Path) -> tuple[TaxRule, ...]:
        return tuple(self._rule(rule, (*path, str(at))) for at, rule in enumerate(given))

    def _rule(self, given: TaxRuleInput, path: Path) -> TaxRule:
        if not given.areas:
            self.complaints.add((*path, "areas"), "A rule needs at least one area.")
        areas = [self._area(area, (*path, "areas", str(at))) for at, area in enumerate(given.areas)]
        percent = self.reading.percent(given.rate_percent, (*path, "ratePercent"))
        return TaxRule(
            areas=tuple(area for area in areas if area is not None),
            percent=percent,
            name=self.reading.text(given.name, (*path, "name")),
            shipping_taxed=given.shipping_taxed,
            customers=self._customers(given.customers, (*path, "customers")),
            reason=self._reason(given.reason, percent, (*path, "reason")),
        )

    def _customers(
        self, given: Sequence[CustomerKind] | None, path: Path
    ) -> frozenset[CustomerKind] | None:
        if given is None:
            return None
        if not given:
            self.complaints.add(path, "A rule is for at least one kind of customer.")
        return frozenset(given)

    def _reason(self, given: str | None, percent: Decimal, path: Path) -> str | None:
        if given is None:
            return None
        if percent:
            self.complaints.add(path, "Only a rate of zero needs a reason.")
        return self.reading.text(given, path)

    def _area(self, given: TaxAreaInput, path: Path) -> Area | None:
        if given.us_state:
            return self._us_state(given.us_state, (*path, "usState"))
        if given.us_zip:
            return self._us_zip(given.us_zip, (*path, "usZip"))
        if given.us_country:
            return InUnitedStates(given.us_country)
        if given.postal:
            return self._postal(given.postal, (*path, "postal"))
        if given.world is True:
            return World()
        self.complaints.add(path, "Only true is accepted for `world`, and no empty text.")
        return None

    def _us_state(self, text: str, path: Path) -> Area | None:
        code = text.strip().upper()
        if not (len(code) == 2 and code.isascii() and code.isalpha()):  # noqa: PLR2004
            self.complaints.add(path, 'A state is two letters such as "CA".')
            return None
        # Tables may name thousands of states: nearly all are found without asking further.
        rules = None if code in US_STATES else self.countries.rules("US")
        if rules is not None and rules.region(code) is None:
            self.complaints.add(path, f"{region_fault(code, rules)}.")
            return None
        return InRegion("US", code)

    def _us_zip(self, text: str, path: Path) -> Area | None:
        area = InPostalCodes("US", text.strip())
        if not well_formed(area):
            message = 'A ZIP pattern is five digits, up to four and "*": "9404*", or a range.'
            self.complaints.add(path, message)
            return None
        return area

    def _postal(self, given: PostalAreaInput, path: Path) -> Area | None:
        rules = self.countries.rules(given.country)
        if rules is None:
            self.complaints.add((*path, "country"), f"There is no country {given.country}.")
            return None
        if given.pattern is None:
            return InPostalCodes(given.country)
        fault = pattern_fault(given.pattern, rules)
        if fault is not None:
            self.complaints.add((*path, "pattern"), f"{fault[0].upper()}{fault[1:]}.")
            return None
        return InPostalCodes(given.country, given.pattern)
