"""The door for a web server: `gunicorn wsgi:app`."""

from app import create_app
from app.core.settled import settle

app = create_app()
settle()
