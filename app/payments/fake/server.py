"""The program: a WSGI application on a state file, with or without its own thread of webhooks."""

import logging
import threading
from pathlib import Path
from wsgiref.types import WSGIApplication

from flask import Flask, Response, request
from flask.typing import ResponseReturnValue
from werkzeug.serving import BaseWSGIServer, make_server

from app.payments.fake import intents, methods, refunds  # noqa: F401 their routes
from app.payments.fake.accounts import open_account
from app.payments.fake.api import Api, Call
from app.payments.fake.delivery import TICK, Post
from app.payments.fake.events import endpoint
from app.payments.fake.hosted import hosted
from app.payments.fake.knobs import knobs
from app.payments.fake.store import Store

PLATFORM, PLATFORM_KEY = "acct_platform", "sk_test_platform"
WEBHOOK_SECRET = "whsec_fake"  # noqa: S105 the fake keeps no secret


def create_fake(store: Store, post: Post) -> Flask:
    """The application. An API fault may close the connection without an answer, on purpose."""
    app = Flask(__name__, static_url_path="/_hosted")
    app.config["PROPAGATE_EXCEPTIONS"] = True
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.extensions |= {"store": store, "post": post}
    app.register_blueprint(hosted)
    app.register_blueprint(knobs)
    api = Api(store)

    def answer(_path: str) -> ResponseReturnValue:
        answered: Response = api(request)  # type: ignore[assignment]
        return answered

    app.add_url_rule("/v1/<path:_path>", view_func=answer, methods=["GET", "POST", "DELETE"])
    return app


class FakeStripe:
    """A running fake: `url` to talk to, `stop()` to end it. Usable as a context manager."""

    def __init__(self, state: Path | None = None, port: int = 0, host: str = "127.0.0.1") -> None:
        """State in a folder, or in memory; port 0 takes any free one."""
        if state:
            state.mkdir(parents=True, exist_ok=True)
        self.store = Store(state / "stripe.sqlite" if state else ":memory:")
        self.post = Post(self.store)
        wsgi: WSGIApplication = create_fake(self.store, self.post).wsgi_app
        self.server: BaseWSGIServer = make_server(host, port, wsgi, threaded=True)
        self.url = f"http://{host}:{self.server.server_port}"
        self._thread = threading.Thread(target=self.server.serve_forever, args=(TICK,), daemon=True)
        logging.getLogger("werkzeug").setLevel(logging.ERROR)

    def platform(
        self, webhook: str = "", secret: str = WEBHOOK_SECRET, name: str = "Plateforme"
    ) -> None:
        """The account that others connect to, with one endpoint for its own and their events."""
        with self.store.transaction():
            open_account(self.store, PLATFORM, PLATFORM_KEY, business_name=name)
            known = {e["url"] for e in self.store.having(PLATFORM, "webhook_endpoint")}
            if webhook and webhook not in known:
                for connect in (False, True):
                    call = Call(self.store, PLATFORM)
                    endpoint(call, webhook, connect=connect, secret=secret)

    def start(self, *, webhooks: bool = True) -> "FakeStripe":
        """Serve in a thread; without `webhooks` nothing is sent until a knob says so."""
        self._thread.start()
        if webhooks:
            self.post.start()
        return self

    def stop(self) -> None:
        """Close the door and the file."""
        self.server.shutdown()
        self.server.server_close()
        self._thread.join(timeout=5)
        self.post.stop()
        self.store.close()

    def __enter__(self) -> "FakeStripe":
        """Itself, already started by the caller."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()
