"""What an operation demands of its caller."""

from gateway.engine.assurance import Assurance
from gateway.services.identity.callers import Caller
from gateway.services.identity.parts import IdentityParts
from gateway.services.outcomes import Outcome


def demanded(needed: Assurance, *, caller: Caller, parts: IdentityParts) -> Outcome[str]:
    """The id of the purchaser who is asking, or why ``needed``, above UNKNOWN, is not reached."""
    refusal = caller.refusal(needed, now=parts.clock.now(), recent=parts.recent)
    if refusal is not None:
        return Outcome(user_errors=(refusal,))
    return Outcome(caller.purchaser_id)
