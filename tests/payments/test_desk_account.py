"""How a venue gets connected: the owner only, secrets sealed, nothing shown again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.db import db
from app.payments import connect, till
from app.payments import gateway as gw
from app.payments.models import PaymentAccount, PaymentRoute
from tests.at_desk import Colleague
from tests.world import World

Open = Callable[[str], FlaskClient]
KEY = "sk_test_abcdefgh12345678"


class Provider:
    """Answers as the provider would; the contract itself is proved in test_gateway.py."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self.ready = False
        self.refuses = False

    def create_account(self, credentials, *, key, business_name, email, **more):
        self.made.append(key)
        return self._account("acct_1")

    def onboarding_link(self, credentials, account_id, *, return_url, refresh_url):
        return gw.OnboardingLink(f"https://papers.example/{account_id}", None)

    def fetch_account(self, credentials):
        if self.refuses:
            raise gw.Refused("no such key")
        return self._account(credentials.account or "acct_own")

    def _account(self, account_id: str) -> gw.MerchantAccount:
        return gw.MerchantAccount(account_id, "Le Moulin", "FR", self.ready, self.ready)


@pytest.fixture
def provider(app: Flask) -> Iterator[Provider]:
    kept, kept_settings = app.extensions.get("gateway"), app.config["SETTINGS"]
    app.extensions["gateway"] = made = Provider()
    app.config["SETTINGS"] = replace(kept_settings, stripe_platform_key="sk_test_platform")
    yield made
    app.config["SETTINGS"] = kept_settings
    app.extensions["gateway"] = kept
    if kept is None:
        app.extensions.pop("gateway")


@pytest.fixture
def alice(world: World, client: Open) -> Colleague:
    return Colleague(client(world.a.host), "alice")


HERE = "/gestion/reglages/paiement"


def kept() -> PaymentAccount | None:
    db.session.expire_all()
    return db.session.scalars(select(PaymentAccount)).one_or_none()


def test_an_account_is_asked_for_once_and_leads_to_its_papers(
    world: World, alice: Colleague, provider: Provider
) -> None:
    for _ in range(2):
        answer = alice.post(f"{HERE}/compte")
        assert answer.location == "https://papers.example/acct_1"
    assert provider.made == [f"account:{world.a.id}"]
    assert kept().ready is False
    routed = select(PaymentRoute).where(PaymentRoute.tenant_id == world.a.id)
    assert len(db.session.scalars(routed).all()) == 1


def test_back_from_the_papers_it_is_ready_when_the_provider_says_so(
    world: World, alice: Colleague, provider: Provider
) -> None:
    alice.post(f"{HERE}/compte")
    alice.get(f"{HERE}/retour")
    assert kept().ready is False
    provider.ready = True
    alice.get(f"{HERE}/retour")
    assert kept().ready is True


def test_own_keys_are_tried_sealed_and_never_shown(
    world: World, alice: Colleague, provider: Provider
) -> None:
    assert alice.post(f"{HERE}/cles", cle=KEY, webhook="whsec_12345678").status_code == 302
    assert KEY.encode() not in kept().own_key
    assert till.unseal(kept().own_key) == KEY
    assert KEY not in alice.read(HERE)
    alice.post(f"{HERE}/cles/retrait")
    assert (kept().own_key, kept().ready) == (None, False)


@pytest.mark.parametrize(
    ("key", "webhook", "refuses"),
    [("", "", False), ("pk_test_x", "", False), (KEY, "secret", False), (KEY, "", True)],
)
def test_keys_that_open_nothing_are_refused(
    world: World, alice: Colleague, provider: Provider, key: str, webhook: str, refuses: bool
) -> None:
    provider.refuses = refuses
    assert alice.post(f"{HERE}/cles", cle=key, webhook=webhook).status_code == 422
    assert kept() is None


def test_means_are_chosen(world: World, alice: Colleague, provider: Provider) -> None:
    assert alice.post(f"{HERE}/moyens", card="1").status_code == 422
    connect.keep("acct_1")
    db.session.commit()
    alice.post(f"{HERE}/moyens", sepa="1")
    assert (kept().card, kept().sepa_debit) == (False, True)


def test_only_the_owner_connects(
    world: World, client: Open, alice: Colleague, provider: Provider
) -> None:
    bob = Colleague(client(world.a.host), "bob")
    assert bob.get(HERE).status_code == 404
    assert bob.post(f"{HERE}/compte").status_code == 404
    assert provider.made == []
