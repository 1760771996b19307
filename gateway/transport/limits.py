"""Limits of what one client may ask for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The maximum that one request, operation or socket may use.

    Sizes are in bytes and times in seconds, unless a limit says otherwise.
    """

    body: int = 262_144
    """A larger body of an HTTP request is refused with status 413."""
    message: int = 262_144
    """A socket that sends a longer message (counted in characters) is closed with code 1009."""
    tokens: int = 2_000
    """A document with more lexical tokens is refused as a syntax error."""
    comments: int = 500
    """A document with more comments is refused as a syntax error."""
    depth: int = 20
    """A more deeply nested operation is refused as too complex."""
    aliases: int = 100
    """An operation with more aliases is refused as too complex."""
    root_fields: int = 30
    """An operation with more root fields is refused as too complex."""
    cost: int = 100_000
    """An operation of a higher estimated cost is refused as too complex."""
    list_size: int = 10
    """The number of entries assumed for a list whose size no argument gives."""
    variable_objects: int = 30_000
    """A request with more objects and lists in its variables is refused as too complex."""
    values: int = 100_000
    """An answer whose lists hold more fields in all ends in an error, after about 0.25 seconds."""
    values_aside: int = 600_000
    """The same for an operation executed in the thread, where it does not delay other requests."""
    cached_tokens: int = 100_000
    """Tokens in the cache of parsed documents; beyond it the least recently used are dropped."""
    persisted: int = 4_194_304
    """Characters of persisted queries; beyond it the least recently used are dropped."""
    body_seconds: float = 30
    """A body that takes longer to arrive is refused with status 408."""
    operation_seconds: float = 30
    """An operation that takes longer is answered with a timeout error."""
    init_seconds: float = 10
    """A socket without ``connection_init`` after this time is closed with code 4408."""
    send_seconds: float = 15
    """A client that takes longer to read one message is disconnected."""
    heartbeat_seconds: float = 12
    """An event stream that was idle for this time gets a heartbeat."""
    subscriptions: int = 100
    """Operations running on one socket; a further one is refused with an error."""
