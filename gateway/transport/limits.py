"""How much one client may ask for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one request, operation or socket may use; sizes in bytes, times in seconds."""

    body: int = 262_144
    message: int = 262_144
    tokens: int = 2_000
    comments: int = 500
    depth: int = 20
    aliases: int = 100
    root_fields: int = 30
    cost: int = 100_000
    list_size: int = 10
    """Assumed for a list whose size no argument says."""
    variable_objects: int = 30_000
    """Objects and lists in the variables of a request: each is looked at field by field."""
    values: int = 100_000
    """Fields that the lists of one answer may hold in all: a quarter of a second of work."""
    values_aside: int = 600_000
    """The same for what is worked out in a thread, where it keeps nobody waiting."""
    cached_tokens: int = 100_000
    """What the cache of parsed documents may hold in all."""
    persisted: int = 4_194_304
    """What automatically persisted queries may hold in all."""
    body_seconds: float = 30
    operation_seconds: float = 30
    init_seconds: float = 10
    send_seconds: float = 15
    """A reader that takes longer for one message is closed."""
    heartbeat_seconds: float = 12
    subscriptions: int = 100
    """Running operations per socket."""
