"""What an operation demands of its caller."""

from gateway.engine.identity.assurance import Assurance
from gateway.services.identity.callers import Caller
from gateway.services.identity.dependencies import IdentityDependencies
from gateway.services.outcomes import Outcome


def require_purchaser(
    required: Assurance, *, caller: Caller, dependencies: IdentityDependencies
) -> Outcome[str]:
    """The id of the purchaser who is asking, or why ``required``, above UNKNOWN, is not reached."""
    error = caller.assurance_error(
        required, now=dependencies.clock.now(), recent=dependencies.reauthenticate_after
    )
    if error is not None:
        return Outcome(user_errors=(error,))
    return Outcome(caller.purchaser_id)
