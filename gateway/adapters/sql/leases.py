"""Statements that lease due rows of any table to one process at a time.

The table has the columns id, due_at, leased_until_at, attempts and version. It has a partial index
on due_at for the rows that wait, with the condition ``is_waiting``.
"""

from sqlalchemy import ColumnElement, Table, bindparam, or_, select, update

from gateway.adapters.sql.statements import Statement, in_selection


def lease_statement(
    table: Table, is_waiting: ColumnElement[bool], *returned_columns: ColumnElement[object]
) -> Statement:
    """The statement that leases up to ``most`` rows due at ``now`` until ``leased_until``.

    It counts an attempt for each row.
    """
    due_ids = (
        select(table.c.id)
        .where(is_waiting, table.c.due_at <= bindparam("now"), _is_unleased(table))
        .order_by(table.c.due_at)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True)
    )
    return Statement(
        update(table)
        .where(in_selection(table.c.id, due_ids))
        .values(
            leased_until_at=bindparam("leased_until"),
            attempts=table.c.attempts + 1,
            version=table.c.version + 1,
        )
        .returning(*returned_columns)
    )


def next_due_statement(table: Table, is_waiting: ColumnElement[bool]) -> Statement[tuple[int]]:
    """The statement for the time when the next row without a lease at ``now`` becomes due."""
    return Statement(
        select(table.c.due_at)
        .where(is_waiting, _is_unleased(table))
        .order_by(table.c.due_at)
        .limit(1)
    )


def _is_unleased(table: Table) -> ColumnElement[bool]:
    # An expired lease belongs to a process that has stopped, so any process may take the row.
    return or_(
        table.c.leased_until_at.is_(None),
        table.c.leased_until_at <= bindparam("now"),
    )
