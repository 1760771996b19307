"""Commands for the GraphQL schema."""

import typer

BUILT_IN = "directive @oneOf on INPUT_OBJECT\n\n"
"""A definition that is built in since GraphQL of September 2025, so tools refuse a second one."""


def print_schema() -> None:
    """Print the GraphQL schema as SDL; `schema.graphql` is this."""
    typer.echo(sdl(), nl=False)


def sdl() -> str:
    """The schema in GraphQL's schema definition language."""
    from gateway.schema import schema

    return schema.as_str().replace(BUILT_IN, "", 1) + "\n"
