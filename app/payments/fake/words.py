"""The words of the hosted pages, French and English, and how amounts are written in each."""

WORDS = {
    "fr": {
        "pay": "Payer",
        "pay_to": "Payer à",
        "order": "Votre commande",
        "total": "Total",
        "test": "Mode test",
        "test_note": "Aucun argent n’est prélevé. Carte acceptée : 4242 4242 4242 4242. "
        "Refusée : 4000 0000 0000 0002. Avec authentification : 4000 0025 0000 3155.",
        "test_debit": "IBAN accepté : FR14 2004 1010 0505 0001 3M02 606.",
        "email": "Adresse e-mail",
        "name": "Nom du titulaire",
        "card": "Carte bancaire",
        "number": "Numéro de carte",
        "expiry": "Date d’expiration (MM/AA)",
        "cvc": "Cryptogramme (CVC)",
        "sepa_debit": "Prélèvement SEPA",
        "iban": "IBAN",
        "mandate": "En confirmant, vous autorisez {business} à prélever ce montant "
        "sur votre compte.",
        "cancel": "Revenir sans payer",
        "pay_card": "Payer {amount} par carte",
        "pay_debit": "Payer {amount} par prélèvement",
        "expired": "Cette page de paiement a expiré",
        "expired_note": "Rien n’a été débité. Revenez chez {business} pour recommencer.",
        "complete": "Ce paiement est déjà fait",
        "complete_note": "Rien de plus ne sera débité.",
        "continue": "Continuer",
        "bank": "Votre banque vous demande de confirmer",
        "bank_note": "Paiement de {amount} à {business}.",
        "confirm": "C’est bien moi, autoriser",
        "fail": "Ce n’est pas moi, refuser",
        "onboard": "Recevoir des paiements",
        "onboard_note": "En mode test, aucun document n’est demandé.",
        "onboard_submit": "Envoyer et terminer",
        "account": "Compte",
    },
    "en": {
        "pay": "Pay",
        "pay_to": "Pay",
        "order": "Your order",
        "total": "Total",
        "test": "Test mode",
        "test_note": "No money is taken. Accepted card: 4242 4242 4242 4242. "
        "Declined: 4000 0000 0000 0002. With authentication: 4000 0025 0000 3155.",
        "test_debit": "Accepted IBAN: FR14 2004 1010 0505 0001 3M02 606.",
        "email": "E-mail address",
        "name": "Cardholder name",
        "card": "Card",
        "number": "Card number",
        "expiry": "Expiry date (MM/YY)",
        "cvc": "Security code (CVC)",
        "sepa_debit": "SEPA debit",
        "iban": "IBAN",
        "mandate": "By confirming, you authorise {business} to debit this amount "
        "from your account.",
        "cancel": "Go back without paying",
        "pay_card": "Pay {amount} by card",
        "pay_debit": "Pay {amount} by debit",
        "expired": "This payment page has expired",
        "expired_note": "Nothing was debited. Go back to {business} to start again.",
        "complete": "This payment is already made",
        "complete_note": "Nothing more will be debited.",
        "continue": "Continue",
        "bank": "Your bank asks you to confirm",
        "bank_note": "Payment of {amount} to {business}.",
        "confirm": "It is me, authorise",
        "fail": "It is not me, refuse",
        "onboard": "Receive payments",
        "onboard_note": "In test mode no document is asked for.",
        "onboard_submit": "Submit and finish",
        "account": "Account",
    },
}
REASONS = {
    "card_declined": {"fr": "Votre carte a été refusée.", "en": "Your card was declined."},
    "generic_decline": {"fr": "Votre carte a été refusée.", "en": "Your card was declined."},
    "insufficient_funds": {
        "fr": "Provision insuffisante sur cette carte.",
        "en": "Your card has insufficient funds.",
    },
    "expired_card": {"fr": "Votre carte a expiré.", "en": "Your card has expired."},
    "incorrect_cvc": {
        "fr": "Le cryptogramme est incorrect.",
        "en": "Your card's security code is incorrect.",
    },
    "invalid_cvc": {
        "fr": "Le cryptogramme est incomplet.",
        "en": "Your card's security code is incomplete.",
    },
    "incorrect_number": {
        "fr": "Le numéro de carte est incorrect.",
        "en": "Your card number is incorrect.",
    },
    "invalid_expiry_month": {
        "fr": "La date d’expiration est incomplète.",
        "en": "Your card's expiry date is incomplete.",
    },
    "invalid_expiry_year": {
        "fr": "La date d’expiration est passée.",
        "en": "Your card's expiry date is in the past.",
    },
    "processing_error": {
        "fr": "Le traitement a échoué. Réessayez dans un instant.",
        "en": "An error occurred while processing. Try again in a little bit.",
    },
    "test_mode_live_card": {
        "fr": "Cette page est en mode test : utilisez une carte de test.",
        "en": "This page is in test mode: use a test card.",
    },
    "invalid_bank_account_iban": {
        "fr": "Cet IBAN n’est pas valable.",
        "en": "This IBAN is not valid.",
    },
    "email_invalid": {
        "fr": "Indiquez une adresse e-mail valable.",
        "en": "Give a valid e-mail address.",
    },
    "payment_intent_authentication_failure": {
        "fr": "L’authentification a échoué. Choisissez un autre moyen de paiement ou réessayez.",
        "en": "We are unable to authenticate your payment. Choose another method or try again.",
    },
}


def amount_in(locale: str, cents: int, code: str) -> str:
    """`1 234,50 €` in French, `€1,234.50` in English."""
    sign = {"eur": "€", "gbp": "£", "usd": "$"}.get(code, code.upper())
    whole, rest = divmod(cents, 100)
    if locale == "fr":
        return (
            f"{whole:,}".replace(",", "\u202f") + (f",{rest:02d}" if rest else "") + f"\u00a0{sign}"
        )
    return f"{sign}{whole:,}.{rest:02d}"
