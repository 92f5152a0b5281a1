"""Build the demo once. `python -m app.demo [--logins FILE] [--days N]`"""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from app import create_app
from app.core.db import db
from app.demo import cast, world
from app.demo.bank import Bank

ROLES = {"owner": "propriétaire", "manager": "gérant", "front_desk": "accueil"}


def logins(size: world.Size) -> str:
    """Who may sign in where, in words for a terminal."""
    lines = [f"\nLogins, all with the password {cast.PASSWORD} :"]
    venues = [*size.venues, *([size.lone] if size.lone else [])]
    people = [
        (f"{word}@example.org", f"{ROLES[role]}, {venue.name}")
        for venue in venues
        for _name, word, role in venue.staff
    ]
    name, word = cast.OPERATOR
    people.append((f"{word}@example.org", f"opérateur du réseau ({name})"))
    people += [(f"{word}@example.org", f"coworker ({name})") for name, word in cast.COWORKERS]
    return "\n".join([*lines, *(f"  {email:24}{what}" for email, what in people)]) + "\n"


def main() -> int:
    """Build, tell, keep the logins; do nothing when it is all there already."""
    parser = argparse.ArgumentParser(prog="app.demo", description=__doc__)
    parser.add_argument("--logins", type=Path, help="also write the logins to this file")
    parser.add_argument("--days", type=int, default=world.Size.days, help="days of history")
    parser.add_argument("--all-prices", action="store_true", help="solve pools too, now")
    parser.add_argument("--no-night", action="store_true", help="leave learning to the clock")
    wish = parser.parse_args()
    size = world.Size(days=wish.days, everything=wish.all_prices, night=not wish.no_night)
    app = create_app()
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    settings = app.config["SETTINGS"]
    with app.app_context():
        try:
            if not world.is_there():
                bank = Bank(settings.stripe_api_base, settings.stripe_platform_key)
                world.make(size, bank, lambda text: print(f"          {text}", flush=True))
                db.session.commit()
        except world.NotEmpty as error:
            print(f"demo: {error}; nothing was written", file=sys.stderr)
            return 1
    if wish.logins:
        wish.logins.write_text(logins(size), "utf-8")
    else:
        print(logins(size))
    return 0


if __name__ == "__main__":
    sys.exit(main())
