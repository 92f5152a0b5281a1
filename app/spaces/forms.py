"""What a manager says of a space, checked; amounts in euros become cents."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from babel import Locale
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DecimalField,
    Form,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from app.core.i18n import _, lang
from app.spaces.models import KINDS, Site, Space

STEPS = (15, 30, 60, 120, 240)
COMMON = ("name", "kind", "floor", "step_minutes", "min_minutes", "max_minutes", "lead_minutes")
RULES = ("horizon_days", "buffer_minutes", "audience", "pricing", "floor_percent")
PLAIN = (*COMMON, *RULES, "ceiling_percent", "capacity", "nature")


def kinds() -> dict[str, str]:
    """Kinds of spaces in words."""
    words = {
        "meeting_room": _("Salle de réunion"),
        "office": _("Bureau"),
        "desk_pool": _("Postes de travail"),
        "phone_booth": _("Cabine"),
        "workshop": _("Atelier"),
        "event_hall": _("Salle d’événement"),
        "equipment": _("Équipement"),
        "bike": _("Vélo"),
    }
    return {kind: words[kind] for kind in KINDS}


def audiences() -> dict[str, str]:
    """Who may book."""
    return {
        "public": _("Tout le monde"),
        "members": _("Les membres"),
        "staff": _("L’équipe seulement"),
    }


class SpaceForm(Form):  # type: ignore[misc]  # the library ships no types
    """One space: what it is, its rules, its price."""

    name = StringField()
    kind = SelectField()
    site = SelectField(coerce=int)
    floor = StringField()
    words_fr = TextAreaField()
    words_en = TextAreaField()
    capacity = IntegerField()
    units = IntegerField()
    parts = SelectMultipleField(coerce=int)
    equipment = StringField()
    wheelchair = BooleanField()
    toilets = BooleanField()
    hearing_loop = BooleanField()
    step_minutes = SelectField(coerce=int)
    min_minutes = IntegerField()
    max_minutes = IntegerField()
    lead_minutes = IntegerField()
    horizon_days = IntegerField()
    buffer_minutes = IntegerField()
    audience = SelectField()
    pricing = SelectField()
    nature = SelectField()
    base = DecimalField(places=2, use_locale=False)
    floor_percent = IntegerField()
    ceiling_percent = IntegerField()
    rounding = DecimalField(places=2, use_locale=False)
    vat = DecimalField(places=2, use_locale=False)
    door_code = StringField()

    def __init__(
        self,
        formdata: MultiDict[str, str] | None,
        sites: Sequence[Site],
        others: Sequence[Space],
        **more: Any,
    ) -> None:
        super().__init__(_dotted(formdata), **more)
        self.kind.choices = list(kinds().items())
        self.site.choices = [(site.id, site.name) for site in sites]
        self.parts.choices = [(s.id, s.name) for s in others if s.takes == "any"]
        self.step_minutes.choices = [(n, _("%(n)d min", n=n)) for n in STEPS]
        self.audience.choices = list(audiences().items())
        self.nature.choices = list(natures().items())
        self.pricing.choices = [
            ("dynamic", _("Selon le remplissage")),
            ("fixed", _("Toujours au tarif de base")),
        ]
        self._label()
        self._bound()

    def _label(self) -> None:
        labels = {
            "name": _("Nom"),
            "kind": _("Genre"),
            "site": _("Site"),
            "floor": _("Étage ou zone"),
            "words_fr": _("Description en français"),
            "words_en": _("Description en anglais"),
            "capacity": _("Personnes au plus"),
            "units": _("Nombre d’unités identiques"),
            "parts": _("Fait de"),
            "equipment": _("Équipement"),
            "wheelchair": _("Accès en fauteuil roulant, sans marche"),
            "toilets": _("Toilettes adaptées à cet étage"),
            "hearing_loop": _("Boucle magnétique"),
            "step_minutes": _("Pas de réservation"),
            "min_minutes": _("Durée la plus courte, en minutes"),
            "max_minutes": _("Durée la plus longue, en minutes"),
            "lead_minutes": _("Délai avant le début, en minutes"),
            "horizon_days": _("Réservable jusqu’à, en jours"),
            "buffer_minutes": _("Ménage après chaque usage, en minutes"),
            "audience": _("Qui peut réserver"),
            "pricing": _("Prix"),
            "nature": _("Nature, pour la TVA et la rétractation"),
            "base": _("Tarif de base par heure, TTC"),
            "floor_percent": _("Minimum, en % de la base"),
            "ceiling_percent": _("Maximum, en % de la base"),
            "rounding": _("Arrondi des prix, en euros"),
            "vat": _("TVA, en %"),
            "door_code": _("Code de la porte"),
        }
        for name, text in labels.items():
            self[name].label.text = text

    def _bound(self) -> None:
        number = _("Indiquez un nombre de %(low)s à %(high)s.")
        bounds = {
            "capacity": (1, 5000),
            "min_minutes": (15, 1440),
            "max_minutes": (15, 14400),
            "lead_minutes": (0, 43200),
            "horizon_days": (1, 730),
            "buffer_minutes": (0, 480),
            "base": (0, 10000),
            "floor_percent": (1, 100),
            "ceiling_percent": (100, 500),
            "rounding": (Decimal("0.01"), 100),
            "vat": (0, 30),
        }
        for name, (low, high) in bounds.items():
            words = number % {"low": low, "high": high}
            self[name].flags.required = True
            self[name].validators = [InputRequired(words), NumberRange(low, high, words)]
        self.units.validators = [Optional(), NumberRange(1, 500, number % {"low": 1, "high": 500})]
        self.name.flags.required = True
        self.name.validators = [DataRequired(_("Donnez un nom.")), Length(max=80)]
        for field in (self.words_fr, self.words_en, self.equipment, self.floor, self.door_code):
            field.validators = [Optional(), Length(max=2000)]

    def validate(self, extra_validators: Any = None) -> bool:
        """Each field, then the lengths against each other and the step."""
        good = bool(super().validate(extra_validators))
        if not good:
            return False
        if self.max_minutes.data < self.min_minutes.data:
            self.max_minutes.errors = [_("La plus longue ne peut pas être sous la plus courte.")]
        elif self.min_minutes.data % self.step_minutes.data:
            self.min_minutes.errors = [_("La durée la plus courte est un multiple du pas.")]
        return not (self.max_minutes.errors or self.min_minutes.errors)

    def facts(self) -> dict[str, Any]:
        """The columns of a space."""
        found = {name: self[name].data for name in PLAIN}
        found["floor"] = (self.floor.data or "").strip()
        found["name"] = self.name.data.strip()
        found["equipment"] = [
            w.strip() for w in (self.equipment.data or "").split(",") if w.strip()
        ]
        texts = {"fr": self.words_fr.data, "en": self.words_en.data}
        found["description"] = {k: v.strip() for k, v in texts.items() if v and v.strip()}
        marks = ("wheelchair", "toilets", "hearing_loop")
        found["accessibility"] = {name: True for name in marks if self[name].data}
        found["base_cents"] = int(self.base.data * 100)
        found["rounding_cents"] = int(self.rounding.data * 100)
        found["vat_bp"] = int(self.vat.data * 100)
        found["door_code"] = (self.door_code.data or "").strip() or None
        return found


def natures() -> dict[str, str]:
    """What a space may be to the tax office and to consumer law."""
    return {
        "equipped_space": _("Bureau ou salle équipée"),
        "bare_space": _("Local nu"),
        "equipment": _("Matériel"),
        "bike": _("Vélo"),
        "admission": _("Événement à date fixe"),
        "show": _("Spectacle à date fixe"),
        "training": _("Formation"),
    }


def _dotted(formdata: MultiDict[str, str] | None) -> MultiDict[str, str] | None:
    """`18,50` is typed as often as `18.50`."""
    if formdata is None:
        return None
    copy = MultiDict(formdata)
    for name in ("base", "rounding", "vat"):
        if name in copy:
            copy[name] = copy[name].replace(",", ".").replace("€", "").strip()
    return copy


def of_space(space: Space | None) -> dict[str, Any]:
    """What the form shows of a space, or of a new one."""
    if space is None:
        return {
            "kind": "meeting_room",
            "capacity": 6,
            "units": 1,
            "step_minutes": 30,
            "min_minutes": 60,
            "max_minutes": 600,
            "lead_minutes": 0,
            "horizon_days": 90,
            "buffer_minutes": 0,
            "audience": "public",
            "pricing": "dynamic",
            "nature": "equipped_space",
            "base": Decimal(18),
            "floor_percent": 70,
            "ceiling_percent": 150,
            "rounding": Decimal(1),
            "vat": Decimal(20),
        }
    marks = ("wheelchair", "toilets", "hearing_loop")
    return {
        **{name: getattr(space, name) for name in PLAIN},
        **{name: bool(space.accessibility.get(name)) for name in marks},
        "wheelchair": space.is_step_free,
        "site": space.site_id,
        "words_fr": space.description.get("fr", ""),
        "words_en": space.description.get("en", ""),
        "equipment": ", ".join(space.equipment),
        "base": Decimal(space.base_cents) / 100,
        "rounding": Decimal(space.rounding_cents) / 100,
        "vat": Decimal(space.vat_bp) / 100,
        "door_code": space.door_code or "",
    }


ZONES = (
    *("Europe/Paris", "America/Guadeloupe", "America/Martinique", "America/Cayenne"),
    *("Indian/Reunion", "Indian/Mayotte", "America/Miquelon", "Pacific/Noumea", "Pacific/Tahiti"),
    *("Europe/Brussels", "Europe/Luxembourg", "Europe/Zurich", "Europe/Berlin", "Europe/Madrid"),
    *("Europe/Lisbon", "Atlantic/Azores", "Europe/Rome", "Europe/London", "Europe/Dublin"),
)
COUNTRIES = ("FR", "BE", "LU", "CH", "DE", "ES", "PT", "IT", "GB", "IE")


class SiteForm(Form):  # type: ignore[misc]  # the library ships no types
    """A building: its name, where it is, how one gets in. Its clock is set once."""

    name = StringField()
    street = StringField()
    postcode = StringField()
    city = StringField()
    country = SelectField()
    timezone = SelectField()
    erp_capacity = IntegerField()
    access_fr = TextAreaField()
    access_en = TextAreaField()

    def __init__(self, formdata: MultiDict[str, str] | None, one: Site | None) -> None:
        super().__init__(formdata, data=of_site(one))
        names = Locale(lang()).territories
        countries = [*COUNTRIES, one.country] if one else [*COUNTRIES]
        self.country.choices = [(code, names.get(code, code)) for code in dict.fromkeys(countries)]
        self.timezone.choices = [(zone, zone) for zone in ZONES]
        if one is not None:
            del self.timezone
        labels = {
            "name": _("Nom du site"),
            "street": _("Numéro et rue"),
            "postcode": _("Code postal du site"),
            "city": _("Commune"),
            "country": _("Pays, pour les jours fériés"),
            "timezone": _("Fuseau horaire"),
            "erp_capacity": _("Personnes admises à la fois (ERP)"),
            "access_fr": _("Comment venir et entrer, en français"),
            "access_en": _("Comment venir et entrer, en anglais"),
        }
        for name, field in self._fields.items():
            field.label.text = labels[name]
            field.validators = [Optional(), Length(max=500)]
        most = _("Indiquez un nombre entier.")
        self.erp_capacity.validators = [Optional(), NumberRange(1, 100_000, most)]
        self.name.flags.required = True
        self.name.validators = [DataRequired(_("Donnez un nom.")), Length(max=80)]

    def facts(self) -> dict[str, Any]:
        """The columns of a site."""
        found: dict[str, Any] = {
            name: (field.data or "").strip()
            for name, field in self._fields.items()
            if not name.startswith(("access_", "erp_"))
        }
        found["erp_capacity"] = self.erp_capacity.data
        ways = {"fr": self.access_fr.data, "en": self.access_en.data}
        return found | {"access": {k: v.strip() for k, v in ways.items() if v and v.strip()}}


SITE_PLAIN = ("name", "street", "postcode", "city", "country", "erp_capacity")


def of_site(one: Site | None) -> dict[str, Any]:
    """What the form shows of a building, or of a new one."""
    if one is None:
        return {"country": "FR", "timezone": ZONES[0]}
    plain = {name: getattr(one, name) for name in SITE_PLAIN}
    parts = [one.access.get(key) for key in ("fr", "lines", "door")]
    french = ". ".join(str(part) for part in parts if part)
    return plain | {"access_fr": french, "access_en": one.access.get("en", "")}
