"""The application: settings, floor, web shell, then every feature that has a door."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from flask import Flask
from flask_compress import Compress

from app.config import Settings, load
from app.core import i18n, logs, pool
from app.core.db import db
from app.web import edge, health, policy, render, security

FEATURES = (
    "tenants",
    "accounts",
    "spaces",
    "occupancy",
    "members",
    "ledger",
    "payments",
    "invoicing",
    "shop",
    "rates",
    "booking",
    "incidents",
    "upkeep",
    "events",
    "ticketing",
    "doors",
    "requests",
    "needs",
    "transfer",
    "network",
    "reporting",
)
DOORS = ("resolve", "hearers", "jobs", "views", "holding", "desk", "operator", "api", "cli")


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application; a bad setting or an undeclared route stops the boot."""
    settings = settings or load()
    app = Flask("app", static_folder=None)
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=edge.engine_options(settings),
        MAX_CONTENT_LENGTH=12 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        WTF_CSRF_TIME_LIMIT=None,
        COMPRESS_MIN_SIZE=400,
    )
    db.init_app(app)
    pool.install(app)
    logs.install(app)
    edge.install(app)
    i18n.install(app)
    security.install(app)
    render.install(app)
    health.install(app)
    Compress(app)
    _open_doors(app)
    policy.check(app)
    return app


def _open_doors(app: Flask) -> None:
    """Register what each feature brings: blueprints, hearers, jobs, commands."""
    for feature in FEATURES:
        for door in DOORS:
            name = f"app.{feature}.{door}"
            if find_spec(f"app.{feature}") and find_spec(name):
                module = import_module(name)
                if install := getattr(module, "install", None):
                    install(app)
                for blueprint in getattr(module, "blueprints", ()):
                    app.register_blueprint(blueprint)
