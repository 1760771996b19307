"""What the buyer sees: rows, texts and actions of a purchase."""
