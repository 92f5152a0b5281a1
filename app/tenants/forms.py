"""Settings of a venue, checked."""

from __future__ import annotations

from typing import Any

from stdnum.fr import siren as siren_number
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, EmailField, Form, IntegerField, SelectField, StringField
from wtforms.validators import (
    DataRequired,
    Email,
    InputRequired,
    Length,
    NumberRange,
    Optional,
    ValidationError,
)

from app.core.i18n import _
from app.tenants.models import Tenant
from app.tenants.settings import LEGAL, PLAIN


class SettingsForm(Form):  # type: ignore[misc]  # the library ships no types
    """Names, rules and legal person of a venue."""

    name = StringField()
    locale = SelectField()
    sender_name = StringField()
    reply_to = EmailField()
    phone = StringField()
    hold_minutes = IntegerField()
    free_cancel_hours = IntegerField()
    late_refund_percent = IntegerField()
    refund_today = BooleanField()
    no_show_minutes = IntegerField()
    member_percent = IntegerField()
    desk_payment = BooleanField()
    company = StringField()
    street = StringField()
    postcode = StringField()
    city = StringField()
    siren = StringField()
    vat = StringField()
    director = StringField()
    mediator = StringField()

    def __init__(self, formdata: MultiDict[str, str] | None, tenant: Tenant) -> None:
        data: dict[str, Any] = {name: getattr(tenant, name) for name in PLAIN}
        data["refund_today"] = tenant.refund_today_since is not None
        data |= {name: tenant.legal.get(name, "") for name in LEGAL}
        super().__init__(formdata, data=data)
        self.locale.choices = [("fr", "Français"), ("en", "English")]
        self._label()
        self._bound()

    def _label(self) -> None:
        labels = {
            "name": _("Nom du lieu"),
            "locale": _("Langue par défaut"),
            "sender_name": _("Nom d’expéditeur des e-mails"),
            "reply_to": _("Adresse de réponse"),
            "phone": _("Téléphone"),
            "hold_minutes": _("Minutes pour payer"),
            "free_cancel_hours": _("Annulation gratuite jusqu’à, en heures avant"),
            "late_refund_percent": _("Ensuite, part rendue en %"),
            "refund_today": _("Rendre au plus le prix du jour, s’il a baissé"),
            "no_show_minutes": _("Absence constatée après, en minutes"),
            "member_percent": _("Tarif membre, en % du prix public"),
            "desk_payment": _("On peut payer sur place"),
            "company": _("Raison sociale"),
            "street": _("Adresse"),
            "postcode": _("Code postal"),
            "city": _("Ville"),
            "siren": _("SIREN"),
            "vat": _("Numéro de TVA"),
            "director": _("Direction de la publication"),
            "mediator": _("Médiation de la consommation"),
        }
        for name, text in labels.items():
            self[name].label.text = text

    def _bound(self) -> None:
        bounds = {
            "hold_minutes": (5, 120),
            "free_cancel_hours": (0, 720),
            "late_refund_percent": (0, 100),
            "no_show_minutes": (0, 240),
            "member_percent": (10, 100),
        }
        for name, (low, high) in bounds.items():
            words = _("Indiquez un nombre de %(low)s à %(high)s.", low=low, high=high)
            self[name].flags.required = True
            self[name].validators = [InputRequired(words), NumberRange(low, high, words)]
        self.name.flags.required = True
        self.name.validators = [DataRequired(_("Donnez un nom.")), Length(max=80)]
        self.reply_to.validators = [Optional(), Email(_("Cette adresse n’est pas complète."))]
        for name in ("sender_name", "phone", *LEGAL):
            self[name].validators = [Optional(), Length(max=200)]

    def validate_siren(self, field: StringField) -> None:
        """Nine digits with their check digit."""
        if field.data and not siren_number.is_valid(field.data):
            raise ValidationError(_("Ce SIREN n’existe pas : vérifiez ses neuf chiffres."))

    def facts(self) -> dict[str, Any]:
        """What to write; empty texts are none."""
        found = {name: field.data for name, field in self._fields.items()}
        for name in ("sender_name", "reply_to", "phone"):
            found[name] = (found[name] or "").strip() or None
        if found["siren"]:
            found["siren"] = siren_number.compact(found["siren"])
        found["name"] = found["name"].strip()
        return found
