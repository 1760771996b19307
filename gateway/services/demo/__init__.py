"""The demo shop: its products and purchasers."""
