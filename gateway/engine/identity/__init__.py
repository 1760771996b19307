"""Who buys: purchasers, how sure the gateway is of them, and one-click offers."""
