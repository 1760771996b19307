"""Metrics of requests, errors, execution plans and waiting messages, in Prometheus' format."""

import os
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import cache
from hmac import compare_digest
from ipaddress import ip_address

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway.bootstrap import Gateway
from gateway.plans import PlanCounts
from gateway.services.ports.database import DatabaseUnreachable
from gateway.settings import Settings
from gateway.transport.error_log import LoggingObserver

# The start time of a counter is not needed, and would be one more line for each.
disable_created_metrics()  # type: ignore[no-untyped-call]

MULTIPROCESS_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""The folder of the counts of processes that serve together; must be set before they start."""
FAULT_CODE = "INTERNAL_SERVER_ERROR"
MAX_MESSAGES_COUNTED = 10_000
"""Waiting messages that are counted, because more take longer and are an alarm anyhow."""
DURATION_BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
"""Seconds, from the answer of a cached plan to that of a slow payment provider."""


def forget_process(id: int) -> None:
    """Remove the gauges of a process that has ended; its counters stay."""
    mark_process_dead(id)  # type: ignore[no-untyped-call]


class Metrics:
    """The metrics of this process, or of all that serve together."""

    def __init__(self) -> None:
        self.plan_counts: PlanCounts | None = None
        """The counts of execution plans; None until the endpoint exists."""
        self.calculator_outcomes: Mapping[str, int] | None = None
        """What became of questions to the merchant's calculator; None without one."""
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "gateway_requests", "HTTP requests.", ("path", "status"), registry=self._registry
        )
        self._durations = Histogram(
            "gateway_request_seconds",
            "How long requests took.",
            buckets=DURATION_BUCKETS,
            registry=self._registry,
        )
        self._mistakes = Counter(
            "gateway_mistakes", "Errors answered.", ("code",), registry=self._registry
        )
        self._plan_outcomes = Gauge(
            "gateway_plans",
            "Operations by how they were executed.",
            ("outcome",),
            registry=self._registry,
            multiprocess_mode="livesum",
        )
        self._calculations = Gauge(
            "gateway_calculations",
            "Questions to the merchant's calculator by what became of them.",
            ("outcome",),
            registry=self._registry,
            multiprocess_mode="livesum",
        )
        # Looked up once: the library takes a lock for each look.
        self._request_counter = cache(self._requests.labels)
        self._hit, self._compiled, self._fallback = map(
            self._plan_outcomes.labels, ("hit", "compiled", "fallback")
        )

    def count_request(self, path: str, status: int, seconds: float) -> None:
        """Count an answered request; ``path`` must be its route's, so that there are few."""
        self._request_counter(path, status).inc()
        self._durations.observe(seconds)
        if self.plan_counts is not None:
            self._hit.set(self.plan_counts.hits)
            self._compiled.set(self.plan_counts.misses)
            self._fallback.set(self.plan_counts.fallbacks.total())
        if self.calculator_outcomes is not None:
            for outcome, count in self.calculator_outcomes.items():
                self._calculations.labels(outcome).set(count)

    def count_mistake(self, code: str) -> None:
        """Count an error of a client by its code."""
        self._mistakes.labels(code).inc()

    def render(self) -> bytes:
        """The metrics in Prometheus' text format."""
        if MULTIPROCESS_VARIABLE not in os.environ:
            return generate_latest(self._registry)
        combined_registry = CollectorRegistry()
        MultiProcessCollector(combined_registry)  # type: ignore[no-untyped-call]
        return generate_latest(combined_registry)


class CountingObserver(LoggingObserver):
    """Counts errors of clients, and logs and counts faults."""

    def __init__(self, metrics: Metrics) -> None:
        super().__init__()
        self._metrics = metrics

    def count_mistake(self, code: str) -> None:
        """Count an error of a client."""
        super().count_mistake(code)
        self._metrics.count_mistake(code)

    def report_fault(self, error: BaseException, id: str) -> None:
        """Log and count a fault of the gateway."""
        super().report_fault(error, id)
        self._metrics.count_mistake(FAULT_CODE)


class MetricsEndpoint:
    """Answers Prometheus with the metrics, and with what waits in the database now."""

    def __init__(self, metrics: Metrics, gateway: Gateway) -> None:
        self._metrics = metrics
        self._gateway = gateway

    async def respond(self, _: Request) -> Response:
        """The metrics as text."""
        gauge_registry = CollectorRegistry()
        gauge_registry.register(FixedCollector(await self._job_gauges()))
        text = self._metrics.render() + generate_latest(gauge_registry)
        return Response(text, headers={"content-type": CONTENT_TYPE_LATEST})

    async def _job_gauges(self) -> list[GaugeMetricFamily]:
        name = "gateway_database_up"
        description = "1 where the database answers, else 0 and nothing of what it holds."
        try:
            gauges = [await self._overdue_gauge(), await self._outbox_gauge()]
        except DatabaseUnreachable:
            return [GaugeMetricFamily(name, description, 0)]
        return [GaugeMetricFamily(name, description, 1), *gauges]

    async def _overdue_gauge(self) -> GaugeMetricFamily:
        now = await self._gateway.database.now()
        family = GaugeMetricFamily(
            "gateway_overdue_seconds",
            "How long the work that waits longest is overdue.",
            labels=("step",),
        )
        for job in self._gateway.jobs:
            due_at = await job.next_due(now)
            family.add_metric([job.name], max((now - (due_at or now)).total_seconds(), 0.0))
        return family

    async def _outbox_gauge(self) -> GaugeMetricFamily:
        async with self._gateway.database.read() as reading:
            message_count = await reading.outbox.count_waiting(MAX_MESSAGES_COUNTED)
        return GaugeMetricFamily("gateway_outbox_messages", "Messages to be sent.", message_count)


class MetricsGuard:
    """Allows metrics with the metrics key; outside production also for this machine.

    All others get 404.
    """

    def __init__(
        self, settings: Settings, respond: Callable[[Request], Awaitable[Response]]
    ) -> None:
        self._key = settings.metrics_key
        self._production = settings.production
        self._respond = respond

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the metrics or 404."""
        request = Request(scope, receive)
        is_allowed = self._has_key(request) or self._is_local(request)
        response = await self._respond(request) if is_allowed else Response(status_code=404)
        await response(scope, receive, send)

    def _has_key(self, request: Request) -> bool:
        if self._key is None:
            return False
        scheme, _, presented_key = request.headers.get("authorization", "").partition(" ")
        expected = self._key.get_secret_value().encode()
        return scheme.lower() == "bearer" and compare_digest(presented_key.encode(), expected)

    def _is_local(self, request: Request) -> bool:
        if self._production or "x-forwarded-for" in request.headers:
            return False
        try:
            return ip_address(request.client.host if request.client else "").is_loopback
        except ValueError:
            return False


class FixedCollector(Collector):
    """A collector of metrics that were computed before."""

    def __init__(self, families: Iterable[GaugeMetricFamily]) -> None:
        self._families = families

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """The metric families."""
        return self._families
