"""Statements as the drivers get them."""

import pytest
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    MetaData,
    Table,
    Text,
    bindparam,
    delete,
    not_,
    or_,
    select,
    update,
)

from gateway.adapters.sql.index_conditions import IndexCondition
from gateway.adapters.sql.statements import Statement, in_list, in_selection, insert, table
from gateway.adapters.tables.outbox import OutboxRow

jobs = Table(
    "jobs",
    MetaData(),
    Column("id", Text, primary_key=True),
    Column("due_at", BigInteger),
    Column("open", Boolean),
)
due = (
    select(jobs.c.id)
    .where(jobs.c.due_at <= bindparam("now"))
    .limit(20)
    .with_for_update(skip_locked=True)
)
CLAIM = Statement(
    update(jobs).where(jobs.c.id.in_(due)).values(due_at=bindparam("then")).returning(jobs.c.id)
)


def normalize_spaces(sql: str) -> str:
    return " ".join(sql.split())


def test_skip_locked_is_for_postgres_only() -> None:
    assert normalize_spaces(CLAIM.sqlite.sql) == (
        "UPDATE jobs SET due_at=? WHERE jobs.id IN (SELECT jobs.id FROM jobs "
        "WHERE jobs.due_at <= ? LIMIT ? OFFSET ?) RETURNING id"
    )
    assert normalize_spaces(CLAIM.postgres.sql) == (
        "UPDATE jobs SET due_at=$1::BIGINT WHERE jobs.id IN (SELECT jobs.id FROM jobs "
        "WHERE jobs.due_at <= $2::BIGINT LIMIT $3::INTEGER FOR UPDATE SKIP LOCKED) "
        "RETURNING jobs.id"
    )


def test_values_are_put_in_the_order_of_the_parameters() -> None:
    assert CLAIM.sqlite.arguments({"now": 1, "then": 2}) == (2, 1, 20, 0)
    assert CLAIM.postgres.arguments({"now": 1, "then": 2}) == (2, 1, 20)


def test_a_list_is_one_parameter() -> None:
    statement = Statement(select(jobs.c.id).where(in_list(jobs.c.id, "ids"), jobs.c.open))
    assert normalize_spaces(statement.sqlite.sql) == (
        "SELECT jobs.id FROM jobs WHERE jobs.id IN (SELECT value FROM json_each(?)) "
        "AND jobs.open = 1"
    )
    assert statement.sqlite.arguments({"ids": ["a", 'b"']}) == ('["a","b\\""]',)
    assert normalize_spaces(statement.postgres.sql) == (
        "SELECT jobs.id FROM jobs WHERE jobs.id = ANY ($1::TEXT[]) AND jobs.open"
    )
    assert statement.postgres.arguments({"ids": ["a"]}) == (["a"],)


def test_a_condition_is_written_as_it_stands() -> None:  # R106
    waits = IndexCondition("due_at IS NOT NULL")
    statement = Statement(
        select(jobs.c.id).where(waits, or_(jobs.c.open, waits), not_(waits)).order_by(jobs.c.due_at)
    )
    assert normalize_spaces(statement.sqlite.sql) == (
        "SELECT jobs.id FROM jobs WHERE (due_at IS NOT NULL) "
        "AND (jobs.open = 1 OR (due_at IS NOT NULL)) AND NOT (due_at IS NOT NULL) "
        "ORDER BY jobs.due_at"
    )
    assert normalize_spaces(statement.postgres.sql) == (
        "SELECT jobs.id FROM jobs WHERE (due_at IS NOT NULL) "
        "AND (jobs.open OR (due_at IS NOT NULL)) AND NOT (due_at IS NOT NULL) "
        "ORDER BY jobs.due_at"
    )


def test_what_is_chosen_is_chosen_once_and_before() -> None:  # R106
    statement = Statement(delete(jobs).where(in_selection(jobs.c.id, due)))
    assert normalize_spaces(statement.sqlite.sql) == (
        "DELETE FROM jobs WHERE jobs.id IN (SELECT jobs.id FROM jobs "
        "WHERE jobs.due_at <= ? LIMIT ? OFFSET ?)"
    )
    assert normalize_spaces(statement.postgres.sql) == (
        "DELETE FROM jobs WHERE jobs.id = ANY (ARRAY(SELECT jobs.id FROM jobs "
        "WHERE jobs.due_at <= $1::BIGINT LIMIT $2::INTEGER FOR UPDATE SKIP LOCKED))"
    )
    assert statement.sqlite.arguments({"now": 1}) == (1, 20, 0)


def test_an_upsert_serves_both() -> None:
    adding = insert(jobs)
    statement = Statement(
        adding.on_conflict_do_update(
            index_elements=[jobs.c.id], set_={"due_at": adding.excluded.due_at}
        ).returning(jobs.c.id)
    )
    assert normalize_spaces(statement.sqlite.sql) == (
        "INSERT INTO jobs (id, due_at, open) VALUES (?, ?, ?) "
        "ON CONFLICT (id) DO UPDATE SET due_at = excluded.due_at RETURNING id"
    )
    assert normalize_spaces(statement.postgres.sql) == (
        "INSERT INTO jobs (id, due_at, open) VALUES ($1::VARCHAR, $2::BIGINT, $3::BOOLEAN) "
        "ON CONFLICT (id) DO UPDATE SET due_at = excluded.due_at RETURNING jobs.id"
    )


def test_what_needs_sqlalchemy_at_run_time_is_refused() -> None:
    statement = Statement(select(jobs.c.id).where(jobs.c.id.in_(["a", "b"])))
    with pytest.raises(ValueError, match="within"):
        _ = statement.sqlite


def test_a_declared_table_is_found() -> None:
    assert table(OutboxRow).name == "outbox"
