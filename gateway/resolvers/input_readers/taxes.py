"""Readers of the tax rates, rules and tables of a quote."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from gateway.engine.areas.area import (
    US_STATES,
    Area,
    PostalCodeArea,
    RegionArea,
    UnitedStatesArea,
    WorldArea,
)
from gateway.engine.areas.coverage import is_well_formed
from gateway.engine.areas.existence import country_fault, pattern_fault, region_fault
from gateway.engine.tax.line_tax import TaxRate
from gateway.engine.tax.tax_tables import (
    DEFAULT_TABLE,
    CustomerKind,
    TaxRule,
    TaxTable,
    TaxTables,
    normalize_table_name,
)
from gateway.engine.user_errors import ErrorCollector, InputPath
from gateway.resolvers.input_readers.amounts import AmountReader
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
class TaxReader:
    """Reads tax rates, rules and tables, and collects their errors."""

    reader: AmountReader
    countries: Countries

    @property
    def collector(self) -> ErrorCollector:
        """The collector of errors."""
        return self.reader.collector

    def rates(self, rates: Sequence[TaxRateInput], path: InputPath) -> tuple[TaxRate, ...]:
        """The rates that the client knows to apply."""
        return tuple(self._rate(rate, (*path, str(index))) for index, rate in enumerate(rates))

    def _rate(self, rate: TaxRateInput, path: InputPath) -> TaxRate:
        name = self.reader.text(rate.name, (*path, "name"))
        percent = self.reader.percent(rate.rate_percent, (*path, "ratePercent"))
        return TaxRate(name, percent, rate.compound)

    def tables(self, tables: TaxTablesInput, path: InputPath) -> TaxTables:
        """The default table and the alternates, whose names must be unique."""
        rule_count = len(tables.default) + sum(len(table.rules) for table in tables.alternates)
        if rule_count > MAX_RULES:
            message = f"There may be at most {MAX_RULES:,} rules in all; these are {rule_count:,}."
            self.collector.add(path, message)
            return TaxTables(TaxTable(DEFAULT_TABLE))
        default = TaxTable(DEFAULT_TABLE, self._rules(tables.default, (*path, "default")))
        alternates: dict[str, TaxTable] = {}
        for index, table in enumerate(tables.alternates):
            self._add_alternate(alternates, table, (*path, "alternates", str(index)))
        return TaxTables(default, alternates)

    def _add_alternate(
        self, alternates: dict[str, TaxTable], table: AlternateTaxTableInput, path: InputPath
    ) -> None:
        key = normalize_table_name(self.reader.text(table.name, (*path, "name")))
        if key in alternates:
            self.collector.add(
                (*path, "name"), "Another table has the same name. Each name may be used once."
            )
        alternates[key] = TaxTable(
            key, self._rules(table.rules, (*path, "rules")), table.standalone
        )

    def _rules(self, rules: Sequence[TaxRuleInput], path: InputPath) -> tuple[TaxRule, ...]:
        return tuple(self._rule(rule, (*path, str(index))) for index, rule in enumerate(rules))

    def _rule(self, rule: TaxRuleInput, path: InputPath) -> TaxRule:
        if not rule.areas:
            self.collector.add((*path, "areas"), "Give at least one area.")
        areas = [
            self._area(area, (*path, "areas", str(index))) for index, area in enumerate(rule.areas)
        ]
        percent = self.reader.percent(rule.rate_percent, (*path, "ratePercent"))
        return TaxRule(
            areas=tuple(area for area in areas if area is not None),
            percent=percent,
            name=self.reader.text(rule.name, (*path, "name")),
            shipping_taxed=rule.shipping_taxed,
            customers=self._customers(rule.customers, (*path, "customers")),
            reason=self._reason(rule.reason, percent, (*path, "reason")),
        )

    def _customers(
        self, customers: Sequence[CustomerKind] | None, path: InputPath
    ) -> frozenset[CustomerKind] | None:
        if customers is None:
            return None
        if not customers:
            self.collector.add(path, "Give at least one kind of customer, or null for all.")
        return frozenset(customers)

    def _reason(self, reason: str | None, percent: Decimal, path: InputPath) -> str | None:
        if reason is None:
            return None
        if percent:
            self.collector.add(path, "Only a rate of 0 may have a reason. Leave it out.")
        return self.reader.text(reason, path)

    def _area(self, area: TaxAreaInput, path: InputPath) -> Area | None:
        if area.us_state:
            return self._us_state(area.us_state, (*path, "usState"))
        if area.us_zip:
            return self._us_zip(area.us_zip, (*path, "usZip"))
        if area.us_country:
            return UnitedStatesArea(area.us_country)
        if area.postal:
            return self._postal(area.postal, (*path, "postal"))
        if area.world is True:
            return WorldArea()
        self.collector.add(path, "Only true is accepted for `world`, and no empty text.")
        return None

    def _us_state(self, text: str, path: InputPath) -> Area | None:
        code = text.strip().upper()
        if not (len(code) == 2 and code.isascii() and code.isalpha()):  # noqa: PLR2004
            self.collector.add(path, 'A state is two letters such as "CA".')
            return None
        # Tables may have thousands of states, nearly all of which need no further look-up.
        rules = None if code in US_STATES else self.countries.rules_for("US")
        if rules is not None and rules.find_region(code) is None:
            self.collector.add(path, f"{region_fault(code, rules)}.")
            return None
        return RegionArea("US", code)

    def _us_zip(self, text: str, path: InputPath) -> Area | None:
        area = PostalCodeArea("US", text.strip())
        if not is_well_formed(area):
            message = 'A ZIP pattern is five digits, up to four and "*": "9404*", or a range.'
            self.collector.add(path, message)
            return None
        return area

    def _postal(self, postal: PostalAreaInput, path: InputPath) -> Area | None:
        rules = self.countries.rules_for(postal.country)
        if rules is None:
            self.collector.add((*path, "country"), f"{country_fault(postal.country)}.")
            return None
        if postal.pattern is None:
            return PostalCodeArea(postal.country)
        fault = pattern_fault(postal.pattern, rules)
        if fault is not None:
            self.collector.add((*path, "pattern"), f"{fault[0].upper()}{fault[1:]}.")
            return None
        return PostalCodeArea(postal.country, postal.pattern)
