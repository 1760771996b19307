"""Shipping of orders of which something has left: it does not get cheaper by what is cancelled."""

from dataclasses import replace

from gateway.engine.money import allocate
from gateway.engine.pricing.calculations import (
    CalculatedShipping,
    CalculatedTaxes,
    CalculationOutcome,
)
from gateway.engine.pricing.snapshots import PurchaseSnapshot


def keep_shipping(outcome: CalculationOutcome, figures: PurchaseSnapshot) -> CalculationOutcome:
    """``outcome``, of whose ways to ship none costs less than shipping does in ``figures``.

    The first parcel of an order pays all of its shipping. Names and rates of taxes are as stated.
    """
    calculation, net = outcome.calculation, figures.shipping_total.net
    if calculation is None or calculation.shipping is None or net is None:
        return outcome
    cheaper = {way.id for way in calculation.shipping if way.minor < net.minor}
    tax = figures.shipping_total.tax
    kept_calculation = replace(
        calculation,
        shipping=tuple(
            CalculatedShipping(way.id, way.name, net.minor) if way.id in cheaper else way
            for way in calculation.shipping
        ),
        shipping_taxes=tuple(
            _share_tax(stated, 0 if tax is None else tax.minor) if stated.id in cheaper else stated
            for stated in calculation.shipping_taxes
        ),
    )
    return replace(outcome, calculation=kept_calculation)


def _share_tax(stated: CalculatedTaxes, minor: int) -> CalculatedTaxes:
    """``minor`` by the taxes that were stated; untaxed stays so."""
    if not stated.taxes:
        return stated
    weights = [tax.minor for tax in stated.taxes]
    shares = allocate(minor, weights if any(weights) else [1] * len(weights))
    return CalculatedTaxes(
        stated.id,
        tuple(replace(tax, minor=share) for tax, share in zip(stated.taxes, shares, strict=True)),
    )
