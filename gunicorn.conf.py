"""How the web server behaves, read by gunicorn itself when it is started from this folder.

A venue's pages name nobody but the venue, and that goes for what the server adds to them too.
"""

from gunicorn.http import wsgi


class Unsigned(wsgi.Response):
    """An answer that does not say which program gave it."""

    def default_headers(self) -> list[str]:
        """What the server adds, but for its own name."""
        return [line for line in super().default_headers() if not line.startswith("Server:")]


wsgi.Response = Unsigned
