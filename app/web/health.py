"""Is it alive, is it ready, what does it count."""

from __future__ import annotations

import os
import time

from flask import Blueprint, Flask, Response, abort, g, jsonify, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy import text

from app.core.db import db
from app.web.policy import ANYWHERE, needs

pages = Blueprint("health", __name__)

REQUESTS = Counter("http_requests_total", "Requests answered", ["method", "rule", "status"])
SECONDS = Histogram("http_request_seconds", "Time to answer", ["rule"])


@pages.get("/healthz")
@needs(ANYWHERE)
def live() -> Response:
    """The process answers."""
    return jsonify(status="ok")


@pages.get("/readyz")
@needs(ANYWHERE)
def ready() -> Response:
    """The process can reach its database; 503 while it cannot."""
    db.session.execute(text("select 1"))
    return jsonify(status="ready")


def counted() -> CollectorRegistry:
    """The counts of this process, or of all that share a folder (PROMETHEUS_MULTIPROC_DIR): a
    scraper meets another process each time, and a count must never fall."""
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        return REGISTRY
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]  # the library ships no types here
    return together


@pages.get("/metrics")
@needs(ANYWHERE)
def metrics() -> Response:
    """Prometheus counters, on the platform's own host and to nobody else."""
    if not g.get("platform"):
        abort(404)
    return Response(generate_latest(counted()), content_type=CONTENT_TYPE_LATEST)


def install(app: Flask) -> None:
    """Count every answer by its rule, never by its address."""
    app.register_blueprint(pages)

    @app.after_request
    def _count(response: Response) -> Response:
        rule = request.url_rule.rule if request.url_rule else "none"
        REQUESTS.labels(request.method, rule, response.status_code).inc()
        SECONDS.labels(rule).observe(time.perf_counter() - g.get("began", time.perf_counter()))
        return response
