"""Structured logs: one line an event, with request id and tenant, never a person's data."""

from __future__ import annotations

import logging
import secrets
import time

import structlog
from flask import Flask, Response, g, request

from app.core import tenancy

log = structlog.get_logger("web")


def configure(log_format: str) -> None:
    """JSON for machines, readable lines for a console."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    last = (
        structlog.processors.JSONRenderer()
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            last,
        ],
        logger_factory=structlog.PrintLoggerFactory(),
        cache_logger_on_first_use=False,
    )


def install(app: Flask) -> None:
    """Give every request an id and leave one line when it ends."""
    configure(app.config["SETTINGS"].log_format)

    @app.before_request
    def _begin() -> None:
        g.request_id = secrets.token_hex(8)
        g.began = time.perf_counter()

    @app.after_request
    def _end(response: Response) -> Response:
        response.headers["X-Request-Id"] = g.get("request_id", "")
        if request.endpoint not in ("static", "health.live"):
            log.info(
                "request",
                request_id=g.get("request_id"),
                tenant=tenancy.current().tenant_id,
                method=request.method,
                rule=request.url_rule.rule if request.url_rule else None,
                status=response.status_code,
                ms=round((time.perf_counter() - g.get("began", time.perf_counter())) * 1000, 1),
            )
        return response
