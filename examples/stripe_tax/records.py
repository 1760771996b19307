"""What the calculator remembers, in one small SQLite file.

Questions have the place and the tax id of a purchase: they are forgotten once Stripe has forgotten
its calculations.
"""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from examples.stripe_tax.baskets import Basket

SCHEMA = """
CREATE TABLE IF NOT EXISTS questions (
    reference TEXT PRIMARY KEY, basket TEXT NOT NULL, asked_at TEXT DEFAULT CURRENT_TIMESTAMP
);
CREATE TABLE IF NOT EXISTS calculations (
    id TEXT PRIMARY KEY, reference TEXT NOT NULL, shipping INTEGER NOT NULL,
    booked INTEGER NOT NULL DEFAULT 0, asked_at TEXT DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX IF NOT EXISTS questions_by_age ON questions (asked_at);
CREATE INDEX IF NOT EXISTS calculations_by_age ON calculations (asked_at);
CREATE INDEX IF NOT EXISTS calculations_of ON calculations (reference, shipping);
CREATE TABLE IF NOT EXISTS orders (
    number TEXT PRIMARY KEY, sequence INTEGER NOT NULL, booking TEXT
);
CREATE TABLE IF NOT EXISTS unbooked (
    number TEXT NOT NULL, sequence INTEGER NOT NULL, reason TEXT NOT NULL,
    PRIMARY KEY (number, sequence)
);
"""

KEPT = "-91 days"
"""So long questions are kept: Stripe's calculations expire after 90 days."""


@dataclass(frozen=True, slots=True)
class BookedAmount:
    """What is left of a line or of shipping in Stripe's books, minor units without tax, and tax.

    ``item_id`` is Stripe's id of a line; empty for shipping.
    """

    item_id: str
    minor: int
    tax: int

    def less(self, minor: int, tax: int) -> "BookedAmount":
        """What is left after so much was taken back."""
        return replace(self, minor=self.minor - minor, tax=self.tax - tax)


@dataclass(frozen=True, slots=True)
class Booking:
    """A transaction in Stripe's books: what is left of it, ``lines`` by the order's line ids."""

    transaction_id: str
    lines: dict[str, BookedAmount]
    shipping: BookedAmount
    is_whole: bool = True

    @property
    def gross(self) -> int:
        """What is left of it altogether, with tax."""
        return sum(amount.minor + amount.tax for amount in (*self.lines.values(), self.shipping))

    def covers(self, lines: Mapping[str, BookedAmount], shipping: BookedAmount) -> bool:
        """Whether so much is left of each of ``lines`` and of ``shipping``."""
        pairs = [(self.lines[id], amount) for id, amount in lines.items()]
        return all(
            amount.minor <= left.minor and amount.tax <= left.tax
            for left, amount in (*pairs, (self.shipping, shipping))
        )

    def to_json(self) -> str:
        """All of it as text."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Booking":
        """The booking that ``to_json`` wrote."""
        fields = json.loads(text)
        lines = {id: BookedAmount(**amount) for id, amount in fields["lines"].items()}
        return cls(
            fields["transaction_id"], lines, BookedAmount(**fields["shipping"]), fields["is_whole"]
        )


@dataclass(frozen=True, slots=True)
class BookedOrder:
    """How far the messages of an order are booked; ``booking`` is None where nothing stands."""

    sequence: int
    booking: Booking | None


class Records:
    """The file's tables. Each method is one short transaction."""

    def __init__(self, path: Path | str) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.executescript(SCHEMA)

    def save_question(self, reference: str, basket: Basket, calculations: dict[int, str]) -> None:
        """Keep what was asked, and Stripe's calculations of it by their price of shipping.

        What is too old is forgotten.
        """
        for table in ("questions", "calculations"):
            self._connection.execute(
                f"DELETE FROM {table} WHERE asked_at < datetime('now', ?)",  # noqa: S608 - of two
                (KEPT,),
            )
        self._connection.execute(
            "INSERT OR REPLACE INTO questions (reference, basket) VALUES (?, ?)",
            (reference, basket.to_json()),
        )
        self._connection.executemany(
            "INSERT OR REPLACE INTO calculations (id, reference, shipping) VALUES (?, ?, ?)",
            [(id, reference, shipping) for shipping, id in calculations.items()],
        )

    def find_question(self, reference: str) -> Basket | None:
        """What was asked when ``reference`` was the answer."""
        row = self._connection.execute(
            "SELECT basket FROM questions WHERE reference = ?", (reference,)
        ).fetchone()
        return None if row is None else Basket.from_json(row[0])

    def find_calculation(self, reference: str, shipping: int) -> str | None:
        """A calculation of that answer for that price of shipping, of which no order was booked."""
        row = self._connection.execute(
            "SELECT id FROM calculations WHERE reference = ? AND shipping = ? AND NOT booked",
            (reference, shipping),
        ).fetchone()
        return None if row is None else str(row[0])

    def find_order(self, number: str) -> BookedOrder | None:
        """How far an order is booked."""
        row = self._connection.execute(
            "SELECT sequence, booking FROM orders WHERE number = ?", (number,)
        ).fetchone()
        if row is None:
            return None
        return BookedOrder(row[0], None if row[1] is None else Booking.from_json(row[1]))

    def save_order(
        self, number: str, sequence: int, booking: Booking | None, calculation_id: str | None = None
    ) -> None:
        """Keep how far an order is booked; of ``calculation_id`` no other order will be."""
        self._connection.execute(
            "INSERT OR REPLACE INTO orders VALUES (?, ?, ?)",
            (number, sequence, None if booking is None else booking.to_json()),
        )
        self._connection.execute(
            "UPDATE calculations SET booked = 1 WHERE id = ?", (calculation_id,)
        )

    def save_unbooked(self, number: str, sequence: int, reason: str) -> None:
        """Keep that a message is not in Stripe's books, for the merchant to see to."""
        self._connection.execute(
            "INSERT OR REPLACE INTO unbooked VALUES (?, ?, ?)", (number, sequence, reason)
        )

    def list_unbooked(self) -> list[tuple[str, int, str]]:
        """What is not in Stripe's books: the order's number, the message's, and why."""
        return self._connection.execute(
            "SELECT * FROM unbooked ORDER BY number, sequence"
        ).fetchall()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
