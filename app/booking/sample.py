"""The confirmation of the next booking as it would be written now: the appearance page shows it in
the looks of a draft."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response

from app.booking import mails, read
from app.core import clock
from app.core.i18n import lang
from app.tenants.resolve import of_tenant
from app.web import render
from app.web.policy import needs

pages = Blueprint("sample", __name__, url_prefix="/gestion/apparence")


@pages.get("/courriel")
@needs("appearance.edit")
def letter() -> Response:
    """In the looks of this request. Styles are inside, as mails have them; nothing else may act."""
    booking = read.next_of_all(clock.now())
    if booking is None:
        return render.page("booking/nothing.html")
    html = mails.sample(booking, of_tenant(), lang())
    answer = Response(html, content_type="text/html; charset=utf-8")
    answer.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; frame-ancestors 'self'"
    )
    return answer
