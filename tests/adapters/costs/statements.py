"""Every statement of the gateway by its name: walking the modules forgets none."""

import importlib
import pkgutil

import gateway
from gateway.adapters.repositories.product_list_statements import (
    SelectionForm,
    available_facet_statement,
    count_statement,
    facet_statement,
    option_facet_statement,
    page_statement,
)
from gateway.adapters.sql.statements import Statement
from gateway.engine.catalogue.product_orders import Phase

ALONE = (
    "gateway.__main__",
    "gateway.adapters.migrations.env",
    "gateway.adapters.migrations.versions",
)
"""What runs when it is imported, or only under Alembic."""


def every_statement() -> dict[str, Statement]:
    """The statements that stand in modules, each by the first place it is seen at."""
    by_id: dict[int, tuple[str, Statement]] = {}
    for module in pkgutil.walk_packages(gateway.__path__, "gateway."):
        if not module.name.startswith(ALONE):
            for name, value in vars(importlib.import_module(module.name)).items():
                if isinstance(value, Statement):
                    short = module.name.removeprefix("gateway.adapters.")
                    by_id.setdefault(
                        id(value), (f"{short.removeprefix('repositories.')}.{name}", value)
                    )
    return dict(by_id.values())


EVERYTHING = SelectionForm()
FORMS = {
    "everything": EVERYTHING,
    "a vendor": SelectionForm(product_conditions=1),
    "a tag and a type": SelectionForm(product_conditions=2),
    "an option": SelectionForm(options=1),
    "two options": SelectionForm(options=2),
    "available": SelectionForm(available=True),
    "from a price": SelectionForm(price_min=True),
    "prices": SelectionForm(price_min=True, price_max=True),
    "words": SelectionForm(words=True),
    "a collection": SelectionForm(collection=True),
    "few places": SelectionForm(places=True),
    "many places": SelectionForm(places=True, is_large=True),
    "all": SelectionForm(
        3, 2, available=True, price_min=True, price_max=True, words=True, collection=True
    ),
}
"""Forms of selections: each condition by itself, and all of them."""


def page_statements() -> dict[str, Statement]:
    """Those of pages of products, by the phase of the order and the form of the selection."""
    return {
        f"{phase} of {name}": page_statement(form, phase)
        for phase in Phase
        for name, form in FORMS.items()
        if form.words or form.places or phase not in (Phase.IN_TITLE, Phase.ELSEWHERE)
        if form.collection or form.places or phase is not Phase.COLLECTION
    }


def counting_statements() -> dict[str, Statement]:
    """Those that count products, by the form of the selection."""
    statements: dict[str, Statement] = {}
    for name, form in FORMS.items():
        if form.places:
            continue
        statements[f"number of {name}"] = count_statement(form)
        statements[f"availability of {name}"] = available_facet_statement(form)
        for excludes in (True, False):
            statements[f"facets of {name}, {excludes}"] = facet_statement(
                form, excludes_names=excludes
            )
            if form.has_variant_conditions:
                statements[f"options of {name}, {excludes}"] = option_facet_statement(
                    form, excludes_names=excludes
                )
    return statements
