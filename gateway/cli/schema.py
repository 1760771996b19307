"""Commands for the GraphQL schema."""

import typer

BUILT_IN = "directive @oneOf on INPUT_OBJECT\n\n"
"""Part of GraphQL itself since September 2025: a schema that defines it anew puts tools off."""


def print_schema() -> None:
    """Print the GraphQL schema as SDL; `schema.graphql` is this."""
    typer.echo(sdl(), nl=False)


def sdl() -> str:
    """The schema in the schema language."""
    from gateway.schema import schema

    return schema.as_str().replace(BUILT_IN, "", 1) + "\n"
