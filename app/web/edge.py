"""The edge of a request: the one commit, what is tried again, and what went wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import structlog
from flask import Flask, request
from psycopg import errors as pg
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.wrappers import Response

from app.config import Settings
from app.core import faults
from app.core.db import db
from app.core.errors import Busy, Refused
from app.core.i18n import _
from app.web.render import error_page

Answer = TypeVar("Answer")
log = structlog.get_logger("edge")

TRY_AGAIN = (pg.DeadlockDetected, pg.SerializationFailure)
NO_TIME = (
    pg.LockNotAvailable,
    pg.QueryCanceled,
    pg.TooManyConnections,
    pg.AdminShutdown,
    pg.IdleInTransactionSessionTimeout,
    pg.CannotConnectNow,
)
TRIES = 3


def engine_options(settings: Settings) -> dict[str, Any]:
    """Short waits: a lock 3 s, a statement 15 s, a connection 5 s; then the visitor is told.

    Who says nothing for 60 s in the middle of a transaction is frozen or gone, and is undone.
    """
    return {
        "pool_size": settings.pool_size,
        "max_overflow": 2,
        "pool_timeout": 5,
        "connect_args": {
            "connect_timeout": 5,
            "options": "-c lock_timeout=3000 -c statement_timeout=15000 -c timezone=UTC"
            " -c idle_in_transaction_session_timeout=60000",
        },
    }


def act(work: Callable[[], Answer]) -> Answer:
    """Do the work and commit it. A deadlock or a serialization failure is tried again; any other
    error undoes everything."""
    for attempt in range(1, TRIES + 1):
        try:
            answer = work()
            faults.point("before_commit")
            db.session.commit()
            faults.point("after_commit")
        except DBAPIError as error:
            db.session.rollback()
            if attempt == TRIES or not isinstance(error.orig, TRY_AGAIN):
                raise
            log.info("retry", attempt=attempt, reason=type(error.orig).__name__)
        except BaseException:
            db.session.rollback()
            raise
        else:
            return answer
    raise AssertionError("unreachable")


def tally(count: Callable[[], Answer]) -> Answer:
    """Commit a count of its own before the work of a request begins. What was read of the venue
    stays read: forgetting it would cost each request its first queries again."""
    session = db.session()
    session.expire_on_commit = False
    try:
        answer = count()
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.expire_on_commit = True
    return answer


def glance(work: Callable[[], Answer]) -> Answer:
    """Do the work and take all of it back: for an example that a page shows and nobody is told."""
    try:
        return work()
    finally:
        db.session.rollback()


def is_busy(error: Exception) -> bool:
    """Whether the database lacked time or was away, so that a retry may do."""
    if isinstance(error, PoolTimeout):
        return True
    if isinstance(error, DBAPIError):
        return (
            error.connection_invalidated
            or isinstance(error.orig, (*NO_TIME, *TRY_AGAIN))
            or (
                isinstance(error, OperationalError)
                and getattr(error.orig, "sqlstate", None) is None
            )
        )
    return False


def answer_refusal(error: Refused) -> Response:
    """Problem JSON for programs, a page in the tenant's brand for people."""
    answer = error_page(error.status, error.text, code=error.code, detail=error.detail)
    if error.retry_after is not None:
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer


def answer_wrong(error: HTTPException) -> Response:
    """What HTTP itself calls wrong, with the header that says what would be right."""
    answer = error_page(error.code or 500, None)
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        answer.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    if error.code == 401 and request.path.startswith("/api/"):
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def install(app: Flask) -> None:
    """Every error ends as a page or a problem, in the tenant's brand, and without a trace."""

    @app.errorhandler(Refused)
    def _refused(error: Refused) -> Response:
        db.session.rollback()
        return answer_refusal(error)

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response:
        if isinstance(error.response, Response):
            return error.response
        return answer_wrong(error)

    @app.errorhandler(Exception)
    def _unexpected(error: Exception) -> Response:
        db.session.rollback()
        if is_busy(error):
            log.warning("busy", reason=type(error).__name__, path=request.path)
            busy = Busy(_("Le service est très demandé. Rien n’a été enregistré : réessayez."))
            return answer_refusal(busy)
        if isinstance(error, DBAPIError) and isinstance(error.orig, pg.NumericValueOutOfRange):
            return error_page(404, None)  # nothing has a number that no column can hold
        if isinstance(error, DBAPIError) and "NUL" in str(error.orig):  # no text may contain one
            return error_page(404 if "\0" in request.path else 400, None)
        log.error("unexpected", path=request.path, exc_info=error)
        return error_page(500, None)
