"""The display of a purchase: rows, texts and actions for the buyer."""
