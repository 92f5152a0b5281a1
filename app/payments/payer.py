"""What a visitor types to pay: who they are, for whom, and how."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from stdnum.exceptions import ValidationError as NotANumber
from stdnum.fr import siren as siren_number
from stdnum.fr import siret as siret_number
from wtforms import BooleanField, RadioField, StringField, ValidationError
from wtforms.validators import Length

from app.accounts.addresses import mail_address
from app.core import words
from app.core.errors import Refused
from app.core.i18n import _

CONSENT = ("cgv", "conditions")


class PayerForm(FlaskForm):  # type: ignore[misc]  # the library ships no types
    """Contact, organisation, means of payment, terms. What was typed is kept when it is refused."""

    class Meta:
        csrf = False  # asked for every unsafe request already (app.web.security)

    email = StringField()
    nom = StringField(validators=[Length(max=120)])
    organisation = BooleanField()
    raison = StringField(validators=[Length(max=120)])
    siren = StringField(validators=[Length(max=30)])
    bon = StringField(validators=[Length(max=60)])
    moyen = RadioField(validate_choice=False)
    cgv = BooleanField()
    conditions = StringField()

    def __init__(
        self,
        *args: Any,
        means: tuple[str, ...],
        known: bool,
        agreed: bool,
        mark: str,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.means, self.known, self.agreed, self.mark = means, known, agreed, mark

    def validate_email(self, field: StringField) -> None:
        """Somewhere to send the door code, or the tickets."""
        if self.known:
            return
        try:
            field.data = mail_address(field.data or "")
        except Refused as refusal:
            raise ValidationError(refusal.text) from refusal

    def validate_nom(self, field: StringField) -> None:
        """Somebody to welcome: a name that a reader sees."""
        field.data = words.one_line(field.data or "", len(field.data or ""))
        if not self.known and not field.data:
            raise ValidationError(_("Indiquez votre prénom et votre nom."))

    def validate_raison(self, field: StringField) -> None:
        """An organisation has a name that a reader sees."""
        field.data = words.one_line(field.data or "", len(field.data or ""))
        if self.organisation.data and not field.data:
            raise ValidationError(_("Indiquez le nom de l’organisation."))

    def validate_siren(self, field: StringField) -> None:
        """Nine or fourteen digits whose last one proves the others."""
        if not self.organisation.data or not (field.data or "").strip():
            return
        try:
            field.data = company_number(field.data)
        except NotANumber as error:
            raise ValidationError(
                _("Ce numéro SIREN ou SIRET ne tombe pas juste : vérifiez ses chiffres.")
            ) from error

    def validate_moyen(self, field: RadioField) -> None:
        """One of the means that this venue takes from this person."""
        if field.data not in self.means:
            raise ValidationError(_("Choisissez un moyen de paiement."))

    def validate_cgv(self, field: BooleanField) -> None:
        """Never ticked beforehand; not asked of who accepted these very words before."""
        if not field.data and not self.agreed:
            raise ValidationError(_("Acceptez les conditions de vente pour continuer."))

    def validate_conditions(self, field: StringField) -> None:
        """The words that the page showed are those in force."""
        if field.data and field.data != self.mark and not self.agreed:
            self.cgv.data = False
            raise ValidationError(
                _("Les conditions de vente viennent de changer : relisez-les, puis acceptez-les.")
            )

    def faults(self) -> dict[str, str]:
        """The first message of each field; what is wrong with the words is said at their box."""
        found = {name: str(messages[0]) for name, messages in self.errors.items() if messages}
        if "conditions" in found:
            found["cgv"] = found.pop("conditions")
        return found

    def answers(self) -> dict[str, Any]:
        """Everything that was typed but the consent, which is given anew each time."""
        return {name: field.data for name, field in self._fields.items() if name not in CONSENT}

    def company(self) -> dict[str, str]:
        """The organisation as it is kept with what was bought; empty for a person alone."""
        if not self.organisation.data:
            return {}
        found = {"name": (self.raison.data or "").strip()}
        return found | ({"siren": self.siren.data} if self.siren.data else {})


def company_number(text: str) -> str:
    """A SIREN or SIRET without its blanks; refuses one whose check digit is wrong."""
    compact = siren_number.compact(text).replace(".", "")
    number = siret_number if len(compact) > 9 else siren_number
    return str(number.validate(compact))
