"""Liveness and readiness, for balancers and orchestrators."""

from functools import partial

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.bootstrap import Gateway
from gateway.preparation import Readiness

LIVENESS_PATH, READINESS_PATH = "/healthz", "/readyz"
HEALTH_PATHS = (LIVENESS_PATH, READINESS_PATH)
"""Answered under every host name: a balancer may know a machine by another than clients do."""


def health_routes(gateway: Gateway) -> list[Route]:
    """The routes that say whether the process lives, and whether it may get traffic."""
    return [
        Route(LIVENESS_PATH, _respond_live, methods=["GET"]),
        Route(READINESS_PATH, partial(_respond_ready, Readiness(gateway)), methods=["GET"]),
    ]


async def _respond_live(_: Request) -> Response:
    return JSONResponse({"status": "live"})


async def _respond_ready(readiness: Readiness, _: Request) -> Response:
    problem = await readiness.find_problem()
    return JSONResponse({"status": problem or "ready"}, 200 if problem is None else 503)
