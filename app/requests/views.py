"""Ask for a space without an account, and follow the answer behind a secret link."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from app.accounts import limits
from app.core import clock
from app.core.errors import Refused
from app.core.i18n import _, lang
from app.invoicing import doors, quoting, settle
from app.requests import ask, contract, mails, read, rules, words
from app.requests.models import SpaceRequest
from app.requests.policy import policy
from app.tenants.resolve import of_tenant
from app.web import edge, render
from app.web.policy import PUBLIC, needs

pages = Blueprint("requests", __name__, url_prefix="/demande")
blueprints = (pages,)

MOST = 6  # requests from one address in a quarter of an hour
MOST_IN_ALL = 60  # of one venue


def _form(status: int = 200, fault: Refused | None = None) -> Response:
    tenant = of_tenant()
    return render.page(
        "requests/ask.html",
        status,
        spaces=[
            (one.id, f"{one.name}, {_('%(n)d pers.', n=one.capacity)}") for one in ask.spaces()
        ],
        options=words.options(),
        typed=request.form or request.args,
        chosen=request.form.getlist("options"),
        fault=fault,
        field=fault.detail.get("field", "titre") if fault else "",
        is_open=policy().is_open,
        phone=tenant.phone,
        today=clock.now().astimezone(tenant.books_zone).date().isoformat(),
    )


@pages.get("")
@needs(PUBLIC)
def ask_form() -> Response:
    """The empty form; what an address names is filled in."""
    of_tenant()
    return _form()


@pages.post("")
@needs(PUBLIC)
def send() -> Response:
    """Keep the request. Refused words stay in the form, beside what is wrong."""
    tenant = of_tenant()
    try:
        _check_open()
        asked = ask.read(request.form, lang())
        _allow(tenant.id)
        token = edge.act(lambda: rules.receive(asked).token)
    except Refused as error:
        return _form(error.status, error)
    return redirect(url_for("requests.follow", wish_token=token, merci=1), 303)


def _choices() -> list[tuple[int, str]]:
    return [(one.id, f"{one.name}, {_('%(n)d pers.', n=one.capacity)}") for one in ask.spaces()]


def _check_open() -> None:
    if not policy().is_open:
        raise Refused(_("Ce lieu ne prend pas de demandes en ligne."))


def _allow(tenant_id: int) -> None:
    for bucket, most in (
        (f"space-request:{tenant_id}:{request.remote_addr}", MOST),
        (f"space-request:{tenant_id}", MOST_IN_ALL),
    ):
        if not limits.allow(bucket, most):
            raise limits.TooMany(
                _("Trop de messages en peu de temps : réessayez dans un quart d’heure.")
            )


def _mine(token: str) -> SpaceRequest:
    of_tenant()
    one = read.behind(token)
    if one is None:
        abort(404)
    return one


def _papers(one: SpaceRequest) -> list[dict[str, object]]:
    """Each quote, deposit and invoice with its address. One that is made here is kept: made while
    the page is written, it would be gone with the page's end."""
    papers: list[dict[str, object]] = []
    known = read.papers(one.id)
    there = [d.id for p in known for d in (p.quote, p.deposit, p.final) if d is not None]
    urls = edge.tally(lambda: {number: doors.url_of(number) for number in there})
    for paper in known:
        for kind, document in (
            (_("Devis"), paper.quote), (_("Acompte"), paper.deposit), (_("Facture"), paper.final),
        ):  # fmt: skip
            if document is not None:
                is_quote = document.kind == "quote"
                papers.append(
                    {
                        "kind": kind,
                        "document": document,
                        "url": urls[document.id],
                        "due": 0 if is_quote else settle.due_of(document.id),
                        "answer": quoting.answer_of(document.id) if is_quote else None,
                    }
                )
    return papers


@pages.get("/<wish_token>")
@needs(PUBLIC)
def follow(wish_token: str) -> Response:
    """Where it stands: quote to accept, deposit to pay, contract. The link is the key."""
    one = _mine(wish_token)
    state = one.state_at(clock.now())
    answer = render.page(
        "requests/follow.html",
        one=one,
        state=state,
        said=mails.said(one, state),
        when=mails.when(one),
        deadline=mails.deadline(one) if one.is_held(clock.now()) else "",
        space=read.space_of(one),
        options=words.options(),
        states=words.states(),
        kinds=words.KINDS,
        icons=words.ICONS,
        papers=_papers(one),
        contract=read.contract(one.id),
        thanks="merci" in request.args,
    )
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@pages.get("/<wish_token>/contrat")
@needs(PUBLIC)
def paper(wish_token: str) -> Response:
    """The contract as it was sent."""
    return contract.answer(read.contract(_mine(wish_token).id))
