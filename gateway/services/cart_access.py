"""Access to carts: whoever knows the id of a cart, until it is claimed; then its owner alone."""

from gateway.engine.carts import Cart, CartOwner
from gateway.services.identity.callers import Caller


def cart_owner(caller: Caller) -> CartOwner:
    """As whom ``caller`` claims carts: the purchaser of a valid bearer, else the client."""
    if caller.authentication is not None:
        return CartOwner(purchaser_id=caller.authentication.purchaser_id)
    return CartOwner(client_id=caller.client.id)


def can_access(cart: Cart, caller: Caller) -> bool:
    """Whether ``caller``, who knows the cart's id, may see and change it."""
    if cart.purchaser_id is not None:
        return cart.purchaser_id == cart_owner(caller).purchaser_id
    return cart.client_id is None or cart.client_id == caller.client.id
