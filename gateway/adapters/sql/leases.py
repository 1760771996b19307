"""Rows that fall due: claiming them for one process at a time, whatever their table.

The table has the columns id, due_at, leased_until_at, attempts and version, and a partial index on
due_at where rows wait; ``waiting`` is that index's own condition, and what comes before due_at in
it.
"""

from sqlalchemy import ColumnElement, Table, bindparam, or_, select, update

from gateway.adapters.sql.statements import Statement, in_selection


def lease_statement(
    table: Table, is_waiting: ColumnElement[bool], *returned_columns: ColumnElement[object]
) -> Statement:
    """Lease up to ``most`` rows due at ``now`` until ``leased_until``, counting an attempt."""
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
    """When the next row that nobody has leased at ``now`` falls due."""
    return Statement(
        select(table.c.due_at)
        .where(is_waiting, _is_unleased(table))
        .order_by(table.c.due_at)
        .limit(1)
    )


def _is_unleased(table: Table) -> ColumnElement[bool]:
    # A lease that has run out belongs to a process that died: its row is anyone's.
    return or_(
        table.c.leased_until_at.is_(None),
        table.c.leased_until_at <= bindparam("now"),
    )
