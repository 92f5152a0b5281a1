"""The owner's page of online payments: connect an account, or bring one's own keys."""

from __future__ import annotations

from flask import Blueprint, g, redirect, request, url_for
from werkzeug.wrappers import Response

from app.core import audit, tenancy
from app.core.errors import Refused
from app.core.i18n import _
from app.payments import connect, drawer_desk, drawer_past, till
from app.tenants.resolve import of_tenant, public_url
from app.web import edge, navigation
from app.web.actor import actor
from app.web.policy import needs

pages = Blueprint("payments_desk", __name__, url_prefix="/gestion/reglages/paiement")
blueprints = (pages, drawer_desk.pages, drawer_past.pages)


def _page(status: int = 200, fault: Refused | None = None) -> Response:
    g.form_targets = (till.papers_origin(),)
    return navigation.page(
        "payments/desk_account.html",
        "settings",
        status,
        account=till.account(),
        webhook_url=public_url("/hooks/stripe"),
        fault=fault,
        sections=navigation.settings_tabs("payments"),
    )


def _note(action: str) -> None:
    audit.note(action, f"tenant:{tenancy.tenant_id()}", actor_id=actor().account_id)


@pages.get("")
@needs("payments.connect")
def account() -> Response:
    """How the venue is paid today."""
    return _page()


@pages.post("/compte")
@needs("payments.connect")
def open_account() -> Response:
    """An account of the venue's own, and on to its papers."""
    here = url_for("payments_desk.account")
    try:
        made = connect.create(of_tenant().name, actor().email)

        def work() -> None:
            connect.keep(made)
            _note("payments.connected")

        edge.act(work)
        url = connect.papers(made, public_url(f"{here}/retour"), public_url(here))
    except Refused as error:
        return _page(error.status, error)
    return redirect(url)


@pages.get("/retour")
@needs("payments.connect")
def returned() -> Response:
    """Back from the papers: is the account ready?"""
    found = till.account()
    if found is None or not found.stripe_account:
        return redirect(url_for("payments_desk.account"))
    try:
        said = connect.state(found.stripe_account)
        ready = edge.act(lambda: connect.note_state(said))
    except Refused as error:
        return _page(error.status, error)
    if ready:
        navigation.say(_("Le compte est prêt : vous encaissez en ligne."))
    else:
        navigation.say(_("Il manque encore des pièces à votre dossier."), "warn")
    return redirect(url_for("payments_desk.account"))


@pages.post("/cles")
@needs("payments.connect")
def keys() -> Response:
    """The venue's own keys, tried once, then encrypted."""
    secret, webhook = request.form.get("cle", "").strip(), request.form.get("webhook", "").strip()

    def work() -> None:
        connect.keep_keys(secret, webhook)
        _note("payments.keys_kept")

    try:
        connect.check_keys(secret, webhook)
        edge.act(work)
    except Refused as error:
        return _page(error.status, error)
    navigation.say(_("Vos clés sont enregistrées et chiffrées."))
    return redirect(url_for("payments_desk.account"))


@pages.post("/cles/retrait")
@needs("payments.connect")
def drop_keys() -> Response:
    """Forget them."""

    def work() -> None:
        connect.drop_keys()
        _note("payments.keys_dropped")

    edge.act(work)
    navigation.say(_("Vos clés sont oubliées."))
    return redirect(url_for("payments_desk.account"))


@pages.post("/moyens")
@needs("payments.connect")
def means() -> Response:
    """Cards, direct debit."""
    try:
        edge.act(
            lambda: connect.choose(
                card=bool(request.form.get("card")), sepa_debit=bool(request.form.get("sepa"))
            )
        )
    except Refused as error:
        return _page(error.status, error)
    navigation.say(_("Les moyens de paiement sont enregistrés."))
    return redirect(url_for("payments_desk.account"))
