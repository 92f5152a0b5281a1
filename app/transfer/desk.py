"""Imports and exports at the desk: a trial first, then all or nothing."""

from __future__ import annotations

import tempfile

from flask import Blueprint, Response, abort, redirect, send_file, url_for
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from sqlalchemy import select
from werkzeug.wrappers import Response as Answer
from wtforms import SelectField

from app.core.db import db
from app.core.i18n import _
from app.spaces.models import Site
from app.transfer import bookings, export, rules, spaces
from app.transfer.models import ImportRun
from app.web import edge, navigation
from app.web.actor import actor
from app.web.policy import needs

pages = Blueprint("transfer", __name__, url_prefix="/gestion/import")
blueprints = (pages,)


class ImportForm(FlaskForm):  # type: ignore[misc]  # the library ships no types
    """Which file, of what, into which building."""

    what = SelectField()
    profile = SelectField()
    site = SelectField(coerce=int)
    file = FileField(validators=[FileRequired()])

    def __init__(self) -> None:
        super().__init__()
        self.what.label.text = _("Que contient le fichier ?")
        self.what.choices = [
            ("spaces", _("Des espaces")),
            ("bookings", _("Des réservations passées")),
        ]
        self.profile.label.text = _("Format")
        names = {
            "bookings": _("Une ligne par réservation"),
            "half_hours": _("Une ligne par demi-heure"),
            "hotel": _("Nuitées d’hôtel"),
        }
        self.profile.choices = [(name, names.get(name, name)) for name in bookings.profiles()]
        self.site.label.text = _("Site")
        self.site.choices = [
            (site.id, site.name)
            for site in db.session.scalars(select(Site).order_by(Site.position))
        ]
        self.file.label.text = _("Fichier CSV")
        self.file.validators = [FileRequired(_("Choisissez un fichier."))]


def _page(form: ImportForm, status: int = 200) -> Answer:
    runs = db.session.scalars(select(ImportRun).order_by(ImportRun.id.desc()).limit(20)).all()
    return navigation.page(
        "transfer/desk_import.html",
        "settings",
        status,
        form=form,
        runs=runs,
        columns=[
            (_("Espaces"), [column.name for column in spaces.COLUMNS.values()]),
            (_("Réservations"), list(bookings.profile("bookings").columns.values())),
        ],
        busy=any(run.state in ("waiting", "running") for run in runs),
    )


@pages.get("")
@needs("data.import")
def imports() -> Answer:
    """The form, and what became of earlier files."""
    return _page(ImportForm())


@pages.post("")
@needs("data.import")
def send() -> Answer:
    """A trial of a file: it is read behind the page and applied by nobody."""
    form = ImportForm()
    if not form.validate_on_submit():
        return _page(form, 422)
    upload = form.file.data
    run = ImportRun(
        what=form.what.data,
        profile=form.profile.data,
        dry=True,
        file_name=(upload.filename or "import.csv")[-120:],
        content=upload.read(),
        site_id=form.site.data,
        asked_by=actor().account_id,
        report={},
    )
    edge.act(lambda: rules.ask(run))
    return redirect(url_for("transfer.imports"), 303)


@pages.post("/<int:run_id>/application")
@needs("data.import")
def apply(run_id: int) -> Answer:
    """Apply a file whose trial found no fault; twice is once."""
    edge.act(lambda: _apply(run_id))
    return redirect(url_for("transfer.imports"), 303)


def _apply(run_id: int) -> None:
    trial = db.session.scalars(
        select(ImportRun).where(ImportRun.id == run_id).with_for_update()
    ).one_or_none()
    if trial is None or not trial.dry or trial.state != "done":
        abort(404)
    if trial.report.get("applied"):
        return
    trial.report = {**trial.report, "applied": True}
    rules.ask(
        ImportRun(
            what=trial.what,
            profile=trial.profile,
            dry=False,
            file_name=trial.file_name,
            content=trial.content,
            site_id=trial.site_id,
            asked_by=actor().account_id,
            report={},
        )
    )


@pages.get("/export/<what>.csv")
@needs("people.export")
def out(what: str) -> Response:
    """Spaces or bookings as CSV; a long one waits on the disk, not in memory."""
    sources = {"spaces": export.spaces, "bookings": export.bookings}
    if what not in sources:
        abort(404)
    # The answer closes it once it was sent.
    paper = tempfile.SpooledTemporaryFile(max_size=1_000_000)  # noqa: SIM115
    for part in sources[what]():
        paper.write(part.encode())
    paper.seek(0)
    return send_file(paper, "text/csv", as_attachment=True, download_name=f"{what}.csv")
