"""Liveness and readiness, for balancers and orchestrators."""

from functools import partial

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.bootstrap import Gateway
from gateway.preparation import Readiness

LIVENESS_PATH, READINESS_PATH = "/healthz", "/readyz"
HEALTH_PATHS = (LIVENESS_PATH, READINESS_PATH)
"""Paths for every host name, because a balancer may use another one than clients do."""


def health_routes(gateway: Gateway) -> list[Route]:
    """The routes that tell whether the process runs, and whether it is ready for requests."""
    return [
        Route(LIVENESS_PATH, _respond_live, methods=["GET"]),
        Route(READINESS_PATH, partial(_respond_ready, Readiness(gateway)), methods=["GET"]),
    ]


async def _respond_live(_: Request) -> Response:
    return JSONResponse({"status": "live"})


async def _respond_ready(readiness: Readiness, _: Request) -> Response:
    problem = await readiness.find_problem()
    return JSONResponse({"status": problem or "ready"}, 200 if problem is None else 503)
