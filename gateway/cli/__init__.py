"""The command line; each module has a group of commands."""

import typer

from gateway.cli import (
    api_keys,
    bounces,
    checks,
    collections,
    credentials,
    database,
    directory,
    orders,
    pictures,
    products,
    provider_events,
    purchasers,
    rule_versions,
    rules,
    schema,
    serve,
)
from gateway.cli.startup import CommandGroup

HELP = """A GraphQL commerce gateway.

Settings are environment variables called GATEWAY_…; wrong ones are refused at the start.
Commands end with 0 when all is well, 1 when what they were given has faults they name, and 2
when they could not begin: wrong settings, wrong arguments, a database that is not there.
"""

app = typer.Typer(
    name="gateway",
    cls=CommandGroup,
    help=HELP,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
app.command("serve")(serve.serve)
app.command("work")(serve.work)
app.command("migrate")(database.migrate)
app.command("seed")(database.seed)
app.command("rotate-keys")(database.rotate_keys)
app.command("import-products")(products.import_products)
app.command("import-directory")(directory.import_directory)
app.command("import-collections")(collections.import_collections)
app.command("collections-schema")(collections.collections_schema)
app.command("clean-pictures")(pictures.clean_pictures)
app.command("check")(checks.check)
app.command("bounces")(bounces.bounces)
app.command("rules-import")(rules.rules_import)
app.command("rules-schema")(rules.rules_schema)
app.command("tax-lint")(rules.tax_lint)
app.command("print-schema")(schema.print_schema)
app.command("token")(credentials.token)
app.add_typer(api_keys.key)
app.add_typer(orders.orders)
app.add_typer(provider_events.provider_events)
app.add_typer(rule_versions.rule_versions)
app.add_typer(purchasers.purchasers)


def main() -> None:
    """Run the command that the arguments name."""
    app()
