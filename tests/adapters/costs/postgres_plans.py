"""What Postgres says it will do, and what of that grows with a table."""

import json
from collections.abc import Iterator
from typing import Any

import asyncpg

MAX_READ = 1_000
"""Rows that one step may read where nothing ends it; the tables have twenty times as many."""
MAX_SORTED = 100
READING = {
    "Seq Scan",
    "Sample Scan",
    "Tid Scan",
    "Index Scan",
    "Index Only Scan",
    "Bitmap Index Scan",
}
GATHERING = {"Sort", "Aggregate", "Hash", "SetOp", "WindowAgg", "Bitmap Heap Scan"}
"""Steps that take all of what is below them before they give anything."""


class PostgresPlan:
    """The plan of one statement, for parameters that are known or for any."""

    def __init__(self, explained: str) -> None:
        self._root: dict[str, Any] = json.loads(explained)[0]["Plan"]

    @property
    def indexes(self) -> frozenset[str]:
        """The names of the indexes it uses."""
        return frozenset(
            node["Index Name"] for node, _ in _nodes(self._root) if "Index Name" in node
        )

    @property
    def sorts(self) -> bool:
        """Whether many rows are sorted that no index has in order."""
        sorting = (node for node, _ in _nodes(self._root) if node["Node Type"] == "Sort")
        return any(node["Plans"][0]["Plan Rows"] > MAX_SORTED for node in sorting)

    @property
    def walks(self) -> tuple[str, ...]:
        """The steps that take longer the more rows a table has."""
        return tuple(
            _describe_node(node)
            for node, ends in _nodes(self._root)
            if node["Node Type"] in READING and not _reads_bounded_rows(node, ends=ends)
        )

    @property
    def passes_over(self) -> tuple[str, ...]:
        """The steps that a limit ends, but only after rows that are not wanted."""
        return tuple(
            _describe_node(node)
            for node, ends in _nodes(self._root)
            if node["Node Type"] in READING and ends and "Filter" in node
        )


def _reads_bounded_rows(node: dict[str, Any], *, ends: bool) -> bool:
    if "Index Name" not in node:
        return ends and "Filter" not in node
    return ends or (" = " in node.get("Index Cond", "") and node["Plan Rows"] <= MAX_READ)


def _describe_node(node: dict[str, Any]) -> str:
    read = node.get("Relation Name") or node["Index Name"]
    return f"{node['Node Type']} of {read}: {node['Plan Rows']} rows"


def _nodes(node: dict[str, Any], *, ends: bool = False) -> Iterator[tuple[dict[str, Any], bool]]:
    """Every step, and whether a limit above ends it before it has read all."""
    kind = node["Node Type"]
    yield node, ends
    within = kind == "Limit" or (ends and kind not in GATHERING)
    for below in node.get("Plans", ()):
        yield from _nodes(below, ends=within)


async def plans(
    connection: "asyncpg.Connection[asyncpg.Record]", sql: str
) -> dict[str, PostgresPlan]:
    """The plans for early values, for late ones, and the one for any values.

    A server that has prepared a statement begins with the former and may turn to the last.
    """
    prepared = await connection.prepare(sql)
    types = [each.name for each in prepared.get_parameters()]
    plans_by_values = {}
    for when, number in (("early", 100), ("late", 19_900)):
        arguments = [_value(name, number) for name in types]
        plans_by_values[when] = PostgresPlan(
            await connection.fetchval(f"EXPLAIN (FORMAT JSON) {sql}", *arguments)
        )
    if types:
        plans_by_values["any"] = await _generic(connection, sql, len(types))
    return plans_by_values


async def _generic(
    connection: "asyncpg.Connection[asyncpg.Record]", sql: str, parameters: int
) -> PostgresPlan:
    async with connection.transaction():
        await connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        await connection.execute(f"PREPARE explained AS {sql}")
        nothing = ", ".join(["NULL"] * parameters)
        explained = await connection.fetchval(
            f"EXPLAIN (FORMAT JSON) EXECUTE explained ({nothing})"
        )
        await connection.execute("DEALLOCATE explained")
    return PostgresPlan(explained)


def _value(type_name: str, number: int) -> object:
    if type_name.endswith("[]"):
        return [_value(type_name.removesuffix("[]"), number + at) for at in range(10)]
    match type_name:
        case "int8" | "int4" | "int2":
            return number
        case "bool":
            return True
        case "bytea":
            return b"sealed"
        case _:
            return f"id{number}"
