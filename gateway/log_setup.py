"""Structured logs: one JSON object a line, with the id of the request it belongs to."""

import logging
import sys

import orjson
import structlog
from structlog.typing import Processor

# What goes out says nothing of persons; these libraries' debug lines might.
SILENT_LOGGERS = ("asyncpg.pool",)
"""Whose warnings come again and again while the database is away: its spell is told once."""
QUIET_LOGGERS = ("httpx", "httpcore", "asyncio", "aiosmtplib", "alembic")


def configure(*, production: bool) -> None:
    """Send every logger's lines to standard error: as JSON in production, for people elsewhere."""
    shared_processors: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    as_json = production or not sys.stderr.isatty()
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared_processors,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(),
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for name in QUIET_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in SILENT_LOGGERS:
        logging.getLogger(name).setLevel(logging.ERROR)
    if as_json:
        _configure_direct_json(shared_processors)
    else:
        structlog.configure(
            processors=[*shared_processors, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
            logger_factory=structlog.stdlib.LoggerFactory(),
            cache_logger_on_first_use=True,
        )


def _configure_direct_json(shared_processors: list[Processor]) -> None:
    """Write our own lines, one a request, past the standard library: that takes four times less."""
    structlog.configure(
        processors=[
            *shared_processors,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=_dump_json),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=_stderr_logger,
        cache_logger_on_first_use=True,
    )


def _stderr_logger(name: str = "gateway") -> structlog.BytesLogger:
    return structlog.BytesLogger(sys.stderr.buffer, name=name)


def _dump_json(line: object, **_: object) -> bytes:
    return orjson.dumps(line, default=repr)
