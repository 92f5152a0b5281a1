"""`python -m app.payments.fake --port 8420 --state .demo/stripe --webhook URL`."""

import argparse
import signal
import sys
import threading
from pathlib import Path

from app.payments.fake.server import PLATFORM_KEY, WEBHOOK_SECRET, FakeStripe


def main(argv: list[str] | None = None) -> int:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m app.payments.fake", description=__doc__)
    parser.add_argument("--port", type=int, default=8420)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--state", type=Path, help="folder of the state; in memory when absent")
    parser.add_argument("--webhook", default="", help="where events of all accounts are sent")
    parser.add_argument("--webhook-secret", default=WEBHOOK_SECRET)
    parser.add_argument("--manual", action="store_true", help="send webhooks only when told to")
    asked = parser.parse_args(argv)
    fake = FakeStripe(asked.state, asked.port, asked.host)
    fake.platform(asked.webhook, asked.webhook_secret)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    fake.start(webhooks=not asked.manual)
    sys.stdout.write(f"fake Stripe on {fake.url}, key {PLATFORM_KEY}\n")
    sys.stdout.flush()
    stop.wait()
    fake.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
