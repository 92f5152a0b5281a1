"""What is typed at the desk, checked, and kept when it is wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import (
    DateField,
    Form,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import Email, InputRequired, Length, NumberRange, Optional

from app.booking.models import Booking
from app.core.errors import Refused
from app.core.i18n import _
from app.spaces.models import Space

LENGTHS = (15, 30, 45, 60, 90, 120, 180, 240, 300, 360, 420, 480, 540, 600, 720)


def amount_cents(typed: str) -> int:
    """`86`, `86,50 €`: cents. Refuses what is no amount above zero."""
    bare = re.sub(r"[\s€\u00a0\u202f]", "", typed).replace(",", ".")
    if not re.fullmatch(r"\d{1,7}(\.\d{1,2})?", bare):
        raise Refused(_("Indiquez un montant, par exemple 86,50."), field="montant")
    whole, _dot, part = bare.partition(".")
    cents = int(whole) * 100 + int(part.ljust(2, "0") or 0)
    if cents <= 0:
        raise Refused(_("Indiquez un montant au-dessus de zéro."), field="montant")
    return cents


def minutes_text(minutes: int) -> str:
    """`2 h`, `1 h 30`, `45 min`."""
    whole, rest = divmod(minutes, 60)
    if not whole:
        return f"{rest} min"
    return f"{whole} h {rest:02d}" if rest else f"{whole} h"


def _room_choices(spaces: Sequence[Space]) -> list[tuple[int, str]]:
    return [(s.id, s.name) for s in spaces]


class WhenForm(Form):  # type: ignore[misc]  # the library ships no types
    """Where and when."""

    espace = SelectField(coerce=int)
    jour = DateField()
    heure = TimeField()
    personnes = IntegerField()

    def __init__(self, formdata: MultiDict[str, str] | None, spaces: Sequence[Space], **more: Any):
        super().__init__(formdata, **more)
        self.espace.choices = _room_choices(spaces)
        for field, label, message in (
            (self.espace, _("Espace"), _("Choisissez un espace.")),
            (self.jour, _("Jour"), _("Indiquez un jour.")),
            (self.heure, _("Heure"), _("Indiquez une heure, par exemple 14:00.")),
            (self.personnes, _("Personnes"), _("Indiquez combien de personnes viennent.")),
        ):
            field.label.text = label
            field.flags.required = True
            field.validators = [InputRequired(message)]
        self.personnes.validators.append(
            NumberRange(1, 2000, _("Indiquez un nombre de personnes à partir de 1."))
        )

    @property
    def minute(self) -> int:
        """The wall-clock minute of the day."""
        return int(self.heure.data.hour * 60 + self.heure.data.minute)


class MoveForm(WhenForm):
    """Another place or time for a booking."""

    def __init__(
        self, formdata: MultiDict[str, str] | None, booking: Booking, spaces: Sequence[Space]
    ) -> None:
        start = booking.starts_at.astimezone(booking.space.site.zone)
        super().__init__(
            formdata,
            spaces,
            data={
                "espace": booking.space_id,
                "jour": start.date(),
                "heure": start.time(),
                "personnes": booking.people,
            },
        )


class WalkInForm(WhenForm):
    """A booking made at the desk."""

    duree = SelectField(coerce=int)
    nom = StringField()
    email = StringField()
    paiement = RadioField()
    option = IntegerField()
    notes = TextAreaField()

    def __init__(
        self,
        formdata: MultiDict[str, str] | None,
        spaces: Sequence[Space],
        ways: Sequence[tuple[str, str]],
        **more: Any,
    ) -> None:
        super().__init__(formdata, spaces, **more)
        asked = formdata.get("duree", "") if formdata else ""
        typed = {int(asked)} if asked.isdecimal() and len(asked) < 5 else set()
        self.duree.choices = [(n, minutes_text(n)) for n in sorted({*LENGTHS, *typed} - {0})]
        self.duree.label.text = _("Durée")
        self.duree.flags.required = True
        self.nom.label.text = _("Nom")
        self.nom.validators = [InputRequired(_("Pour qui ?")), Length(max=120)]
        self.nom.flags.required = True
        self.email.label.text = _("E-mail")
        self.email.validators = [
            Optional(),
            Email(_("Cette adresse e-mail n’est pas complète.")),
        ]
        self.paiement.label.text = _("Paiement")
        self.paiement.choices = list(ways)
        self.paiement.validators = [InputRequired(_("Choisissez comment ce sera payé."))]
        self.option.label.text = _("Heures de l’option")
        self.option.validators = [Optional(), NumberRange(1, 240)]
        self.notes.label.text = _("Notes")
        self.notes.validators = [Optional(), Length(max=2000)]

    @property
    def length(self) -> int:
        """Minutes that were chosen."""
        return int(self.duree.data)


class ClosureForm(Form):  # type: ignore[misc]  # the library ships no types
    """A space out of sale from one moment to another."""

    espace = SelectField(coerce=int)
    unites = IntegerField()
    genre = RadioField()
    jour = DateField()
    heure = TimeField()
    jour_fin = DateField()
    heure_fin = TimeField()
    raison = StringField()

    def __init__(self, formdata: MultiDict[str, str] | None, spaces: Sequence[Space], **more: Any):
        super().__init__(formdata, **more)
        self.espace.choices = _room_choices(spaces)
        self.genre.choices = [("repair", _("Réparation")), ("closure", _("Fermeture"))]
        missing = _("Cette réponse manque.")
        for field, label in (
            (self.espace, _("Espace")),
            (self.genre, _("Genre")),
            (self.jour, _("Du")),
            (self.heure, _("À partir de")),
            (self.jour_fin, _("Au")),
            (self.heure_fin, _("Jusqu’à")),
            (self.raison, _("Raison")),
        ):
            field.label.text = label
            field.flags.required = True
            field.validators = [InputRequired(missing)]
        self.raison.validators.append(Length(max=120))
        self.unites.label.text = _("Combien d’unités")
        self.unites.validators = [Optional(), NumberRange(1, 500)]
