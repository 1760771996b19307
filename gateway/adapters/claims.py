"""Rows that fall due: claiming them for one process at a time, whatever their table.

The table has the columns id, due_at, leased_until_at, attempts and version, and a partial index on
due_at where rows wait; ``waiting`` is that index's own condition, and what comes before due_at in
it.
"""

from sqlalchemy import ColumnElement, Table, bindparam, or_, select, update

from gateway.adapters.statements import Statement, chosen


def claiming(
    rows: Table, waiting: ColumnElement[bool], *returned: ColumnElement[object]
) -> Statement:
    """Lease up to ``most`` rows due at ``now`` until ``leased_until``, counting an attempt."""
    due = (
        select(rows.c.id)
        .where(waiting, rows.c.due_at <= bindparam("now"), _nobodys(rows))
        .order_by(rows.c.due_at)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True)
    )
    return Statement(
        update(rows)
        .where(chosen(rows.c.id, due))
        .values(
            leased_until_at=bindparam("leased_until"),
            attempts=rows.c.attempts + 1,
            version=rows.c.version + 1,
        )
        .returning(*returned)
    )


def next_due(rows: Table, waiting: ColumnElement[bool]) -> Statement[tuple[int]]:
    """When the next row that nobody has leased at ``now`` falls due."""
    return Statement(
        select(rows.c.due_at).where(waiting, _nobodys(rows)).order_by(rows.c.due_at).limit(1)
    )


def _nobodys(rows: Table) -> ColumnElement[bool]:
    # A lease that has run out belongs to a process that died: its row is anyone's.
    return or_(
        rows.c.leased_until_at.is_(None),
        rows.c.leased_until_at <= bindparam("now"),
    )
