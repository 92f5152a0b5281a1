"""What one browser keeps for us, all of it signed: who is in, which links it asked for, and that
this person signed in here before."""

from __future__ import annotations

import hashlib
import secrets

from flask import Request, current_app, g, request, session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response

from app.accounts import sessions
from app.accounts.models import Account
from app.web import edge

DEVICE = "device"
KEPT = 180 * 24 * 3600

logins = LoginManager()
logins.session_protection = None  # our sessions are rows: revoked, not guessed from an address


class Visitor(UserMixin):  # type: ignore[misc]  # the library ships no types
    """What Flask-Login carries about: the secret of a session, and the session behind it."""

    def __init__(self, token: str, seen: sessions.Seen | None = None) -> None:
        self.token = token
        self.seen = seen

    def get_id(self) -> str:
        """What the signed cookie holds."""
        return self.token


@logins.user_loader  # type: ignore[untyped-decorator]  # the library ships no types
def _load(token: str) -> Visitor | None:
    seen = sessions.find(token, g.route.host)
    return Visitor(token, seen) if seen else None


def seen() -> sessions.Seen | None:
    """The living session of this request."""
    return current_user.seen if current_user.is_authenticated else None


def enter(account: Account, *, announce: bool = True) -> None:
    """Sign this browser in: a new session with a new secret, the former one ended. An operator on
    a visit is not announced: the venue gets no new customer."""
    former = session.get("_user_id")

    def work() -> str:
        if former:
            sessions.revoke_token(former)
        agent = request.user_agent.string
        return sessions.open_session(account, host=g.route.host, agent=agent, announce=announce)

    token = edge.act(work)
    session.pop("csrf_token", None)
    session.permanent = True
    login_user(Visitor(token))


def leave() -> None:
    """Sign this browser out, on our side too."""
    if former := session.get("_user_id"):
        edge.act(lambda: sessions.revoke_token(former))
    logout_user()
    session.pop("csrf_token", None)


def secret() -> str:
    """What ties a link by e-mail to this browser; made at the first need."""
    if "browser" not in session:
        session["browser"] = secrets.token_urlsafe(20)
        session.permanent = True
    return str(session["browser"])


def known_secret() -> str | None:
    """The same, without making one."""
    return session.get("browser")


# ── the device of somebody who signed in here before ──────────────────────────────────────────


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="device")


def _cookie() -> str:
    return f"__Host-{DEVICE}" if current_app.config["SETTINGS"].secure_cookies else DEVICE


def _mark(email: str) -> str:
    return hashlib.sha256(f"{g.route.network_id}:{email}".encode()).hexdigest()[:32]


def known_device(email: str, asked: Request = request) -> str | None:
    """The id of this device when that very address signed in on it before: strangers who guess
    elsewhere cannot lock its owner out."""
    try:
        mark, device = _serializer().loads(asked.cookies.get(_cookie(), ""))
    except (BadSignature, ValueError):
        return None
    return str(device) if secrets.compare_digest(str(mark), _mark(email)) else None


def remember_device(answer: Response, account: Account) -> Response:
    """Let the next sign-in of this person from this browser have a count of its own."""
    device = known_device(account.email) or secrets.token_urlsafe(16)
    keep(answer, _cookie(), str(_serializer().dumps([_mark(account.email), device])))
    return answer


BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS X", "macOS"),
    ("Windows", "Windows"),
    ("Linux", "Linux"),
)


def device_name(agent: str | None) -> str:
    """`Firefox, Windows`: enough to recognise one's own device; empty when it says nothing."""
    found = (
        next((name for mark, name in marks if mark in (agent or "")), "")
        for marks in (BROWSERS, SYSTEMS)
    )
    return ", ".join(name for name in found if name)


def keep(answer: Response, name: str, value: str, *, hidden: bool = True) -> None:
    """Set a cookie of this host alone, hidden from scripts unless they choose it too."""
    secure = current_app.config["SETTINGS"].secure_cookies
    answer.set_cookie(name, value, max_age=KEPT, secure=secure, httponly=hidden, samesite="Lax")
