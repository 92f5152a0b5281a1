"""R32: an unsafe request needs our token and our origin. Generated from the routes themselves."""

from __future__ import annotations

import pytest

from app.accounts import resolve
from app.web import policy
from app.web.security import csrf

UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}


@pytest.fixture
def almighty(app, monkeypatch):
    """Nothing is refused by the permission table, so that only the token stands in the way."""
    every = frozenset(
        policy.declared(app, rule.endpoint) or "" for rule in app.url_map.iter_rules()
    )
    monkeypatch.setattr(resolve, "rights", lambda seen, tenant_id: ("owner", every, None))


def _routes(app):
    """Each unsafe route once per method, with some value for each of its blanks."""
    for rule in app.url_map.iter_rules():
        blanks = {
            name: 1 if type(converter).__name__ == "IntegerConverter" else "2030-01-01"
            for name, converter in rule._converters.items()
        }
        for method in sorted(rule.methods & UNSAFE):
            with app.test_request_context():
                yield rule.endpoint, method, app.url_for(rule.endpoint, **blanks)


def _is_signed(app, endpoint: str) -> bool:
    """A webhook: it carries a signature of its own."""
    view = app.view_functions[endpoint]
    return f"{view.__module__}.{view.__name__}" in csrf._exempt_views


def _refusals(path: str) -> set[int]:
    """Under /api the session counts for nothing at all: such a request is nobody's."""
    return {401, 403} if path.startswith("/api/") else {403}


def test_every_unsafe_route_without_token_is_refused(app, world, browser, almighty):
    alice = browser()
    alice.sign_in("alice")
    seen = 0
    for endpoint, method, path in list(_routes(app)):
        if _is_signed(app, endpoint):
            continue
        answer = alice.client.open(path, method=method)
        assert answer.status_code in _refusals(path), (method, path, answer.status_code)
        seen += 1
    assert seen >= 12


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://b.localhost"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://a.localhost.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
def test_every_unsafe_route_from_elsewhere_is_refused(app, world, browser, almighty, headers):
    alice = browser()
    alice.sign_in("alice")
    token = alice.token("/mot-de-passe")
    for endpoint, method, path in list(_routes(app)):
        if _is_signed(app, endpoint):
            continue
        answer = alice.client.open(path, method=method, headers={**headers, "X-CSRFToken": token})
        assert answer.status_code in _refusals(path), (method, path, answer.status_code)


def test_own_token_and_origin_pass(world, browser):
    alice = browser()
    token = alice.token("/mot-de-passe")
    headers = {"Origin": "http://a.localhost", "Sec-Fetch-Site": "same-origin"}
    answer = alice.client.post(
        "/langue", data={"lang": "en"}, headers={**headers, "X-CSRFToken": token}
    )
    assert answer.status_code == 302


def test_token_of_another_browser_is_refused(world, browser):
    token = browser().token("/mot-de-passe")
    other = browser()
    other.token("/mot-de-passe")
    answer = other.client.post("/langue", data={"lang": "en", "csrf_token": token})
    assert answer.status_code == 403


def test_refusal_is_told_in_the_brand(world, browser):
    page = browser().client.post("/langue", data={"lang": "en"})
    assert page.status_code == 403
    assert "Le Moulin Neuf" in page.get_data(as_text=True)
    assert "rechargez" in page.get_data(as_text=True)


def test_control_without_the_guard_it_passes(app, world, browser, monkeypatch):
    hooks = [f for f in app.before_request_funcs[None] if f != csrf.demand]
    assert len(hooks) == len(app.before_request_funcs[None]) - 1
    monkeypatch.setitem(app.before_request_funcs, None, hooks)
    assert browser().client.post("/langue", data={"lang": "en"}).status_code == 302


def test_only_signed_webhooks_and_bearer_tokens_are_exempt(app):
    assert all("webhook" in name or "payments" in name for name in csrf._exempt_views)
    for blueprint in csrf._exempt_blueprints:
        paths = [
            rule.rule
            for rule in app.url_map.iter_rules()
            if rule.endpoint.startswith(f"{blueprint.name}.")
        ]
        assert paths
        assert all(path.startswith("/api/") for path in paths)
