"""The pages of the fake, visited without script: pay, be declined, prove who you are, give up."""

import re
import threading

import pytest

from tests.payments.test_fake_stripe import session

DECLINED = "4000 0000 0000 0002"
CHALLENGED = "4000 0025 0000 3155"


@pytest.fixture
def shop(wire, venue):
    """The venue's own SDK."""
    return wire.client(account=venue)


def state(shop, made):
    now = shop.v1.checkout.sessions.retrieve(made.id, {"expand": ["payment_intent"]})
    return now, (now.payment_intent.status if now.payment_intent else None)


def test_a_good_card_pays_and_leads_back(shop, visitor, knobs, till):
    made = session(shop, payment_intent_data={"metadata": {"booking": "7"}})
    page = visitor.pay(made.url)
    assert (page.status, page.location) == (303, f"http://127.0.0.1/merci?session={made.id}")
    now, status = state(shop, made)
    assert (now.status, now.payment_status, status) == ("complete", "paid", "succeeded")
    assert now.payment_intent.metadata["booking"] == "7"
    assert now.customer_details.email == "ada@example.org"
    knobs.post("deliver")
    assert till.types() == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
    ]


def test_the_page_bears_the_venue_s_name_alone(shop, visitor):
    made = session(shop, locale="fr")
    page = visitor.get(made.url)
    assert page.status == 200
    assert "Le Moulin" in page.text
    assert "Salle Meunier, mardi 14:00 – 16:00" in page.text
    assert "39\u00a0€" in page.text
    for word in ("coulisse", "plateforme", "<script", "style=", "onclick"):
        assert word not in page.text.lower()


@pytest.mark.parametrize(
    ("locale", "language", "word"),
    [
        ("fr", "en", "Payer"),
        ("en", "fr", "Pay"),
        ("auto", "en", "Cardholder"),
        ("auto", "fr", "Nom"),
    ],
)
def test_the_page_speaks_the_visitor_s_language(shop, visitor, locale, language, word):
    made = session(shop, locale=locale)
    assert word in visitor.get(made.url, language).text


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (DECLINED, "Votre carte a été refusée."),
        ("4000 0000 0000 9995", "Provision insuffisante"),
        ("4000 0000 0000 0069", "Votre carte a expiré"),
        ("4242 4242 4242 4241", "Le numéro de carte est incorrect"),
        ("4111 1111 1111 1111", "utilisez une carte de test"),
        ("", "Le numéro de carte est incorrect"),
    ],
)
def test_a_refused_card_is_told_and_the_rest_is_kept(shop, visitor, number, words):
    made = session(shop)
    page = visitor.pay(made.url, number, name="Zoé Lenoir")
    assert page.status == 402
    assert words in page.text
    assert 'value="Zoé Lenoir"' in page.text
    assert not number or number not in page.text.replace("4000 0000 0000 0002. Avec", "")
    assert state(shop, made)[0].status == "open"
    assert visitor.pay(made.url).status == 303
    assert state(shop, made)[1] == "succeeded"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("expiry", "13/40", "date d’expiration"),
        ("expiry", "01/20", "date d’expiration est passée"),
        ("expiry", "soon", "date d’expiration"),
        ("cvc", "1", "cryptogramme"),
        ("email", "nobody", "adresse e-mail"),
        ("method", "barter", "refusée"),
    ],
)
def test_a_wrong_field_is_told(shop, visitor, field, value, words):
    made = session(shop)
    page = visitor.pay(made.url, **{field: value})
    assert page.status == 402
    assert words in page.text
    assert state(shop, made)[0].payment_intent is None


def test_authentication_passed_pays(shop, visitor):
    made = session(shop)
    page = visitor.pay(made.url, CHALLENGED)
    assert "/3ds/" in page.location
    assert "Le Moulin" in visitor.get(page.location).text
    assert state(shop, made)[0].status == "open"
    back = visitor.post(page.location, answer="ok")
    assert back.location.startswith("http://127.0.0.1/merci")
    assert state(shop, made)[1] == "succeeded"
    assert visitor.post(page.location, answer="fail").location == back.location
    assert state(shop, made)[1] == "succeeded"


def test_authentication_failed_leads_back_to_the_form(shop, visitor):
    made = session(shop)
    page = visitor.pay(made.url, CHALLENGED)
    back = visitor.post(page.location, answer="fail")
    assert back.location == made.url
    assert "L’authentification a échoué" in visitor.get(made.url).text
    assert not shop.v1.charges.list().data
    assert visitor.pay(made.url).status == 303
    assert len(shop.v1.payment_intents.list().data) == 1


def test_authenticated_yet_declined(shop, visitor):
    made = session(shop)
    page = visitor.pay(made.url, "4000 0082 6000 3178")
    assert visitor.post(page.location, answer="ok").location == made.url
    assert "Provision insuffisante" in visitor.get(made.url).text


def test_a_session_that_ended_takes_no_money(shop, visitor, knobs):
    made = session(shop)
    challenged = visitor.pay(made.url, CHALLENGED).location
    shop.v1.checkout.sessions.expire(made.id)
    assert "a expiré" in visitor.get(made.url).text
    assert visitor.post(made.url, number="4242424242424242").location == made.url
    visitor.post(challenged, answer="ok")
    assert not shop.v1.charges.list().data


def test_a_page_left_open_past_its_end_takes_no_money(shop, visitor):
    made = session(shop)
    shop.v1.checkout.sessions.expire(made.id)
    typed = {"method": "card", "number": "4242424242424242", "expiry": "12/40", "cvc": "123"}
    assert visitor.post(made.url, email="a@b.fr", **typed).location == made.url
    assert not shop.v1.charges.list().data


def test_a_paid_session_is_not_paid_again(shop, visitor):
    made = session(shop)
    visitor.pay(made.url)
    assert "déjà fait" in visitor.get(made.url).text
    typed = {"method": "card", "number": "4242424242424242", "expiry": "12/40", "cvc": "123"}
    assert visitor.post(made.url, email="a@b.fr", **typed).location == made.url
    assert len(shop.v1.charges.list().data) == 1


def test_two_clicks_at_once_pay_once(shop, visitor):
    made = session(shop)
    gate = threading.Barrier(8)

    def click():
        gate.wait()
        visitor.post(
            made.url, method="card", number="4242424242424242", expiry="12/40", cvc="123",
            email="ada@example.org",
        )  # fmt: skip

    threads = [threading.Thread(target=click) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [charge.status for charge in shop.v1.charges.list().data] == ["succeeded"]


@pytest.mark.parametrize(
    ("iban", "status", "told"),
    [
        ("FR14 2004 1010 0505 0001 3M02 606", "succeeded", "async_payment_succeeded"),
        ("FR8420041010050500013M02607", "requires_payment_method", "async_payment_failed"),
    ],
)
def test_a_debit_is_answered_later(shop, visitor, knobs, till, iban, status, told):
    made = session(shop, payment_method_types=["card", "sepa_debit"])
    assert visitor.debit(made.url, iban).status == 303
    now, first = state(shop, made)
    assert (now.status, now.payment_status, first) == ("complete", "unpaid", "processing")
    knobs.post("clock", advance=3)
    now, last = state(shop, made)
    assert last == status
    assert (now.payment_status == "paid") == (status == "succeeded")
    knobs.post("deliver")
    assert till.types()[-1] == f"checkout.session.{told}"
    assert "checkout.session.completed" in till.types()


def test_a_wrong_iban_is_told(shop, visitor):
    made = session(shop, payment_method_types=["sepa_debit"])
    assert "Cet IBAN n’est pas valable" in visitor.debit(made.url, "FR00 1234").text


def test_the_way_back_without_paying_is_on_the_page(shop, visitor):
    made = session(shop)
    assert 'href="http://127.0.0.1/panier"' in visitor.get(made.url).text


def test_pages_forbid_script_and_frames(shop, visitor):
    made = session(shop)
    answer = visitor.http.request("GET", made.url)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    sheet = re.search(r'href="(/_hosted/[^"]+css)"', answer.data.decode())
    assert sheet
    css = visitor.http.request("GET", made.url.split("/c/")[0] + sheet[1])
    assert css.headers["Content-Type"].startswith("text/css")


@pytest.mark.parametrize("path", ["/c/pay/cs_none", "/3ds/pi_none", "/setup/s/link_none"])
def test_a_page_that_is_not_there_is_404(fake, visitor, path):
    assert visitor.get(fake.url + path).status == 404
