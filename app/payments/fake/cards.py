"""Stripe's published test cards and IBANs, and what each one does."""

from dataclasses import dataclass
from typing import Literal

from app.payments.fake.wire import Refusal

After = Literal["", "dispute", "refund_fails", "refund_waits"]

MESSAGES = {
    "card_declined": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
    "incorrect_number": "Your card number is incorrect.",
    "invalid_expiry_year": "Your card's expiration year is invalid.",
    "invalid_expiry_month": "Your card's expiration month is invalid.",
    "invalid_cvc": "Your card's security code is invalid.",
    "invalid_number": "The card number is not a valid credit card number.",
    "payment_intent_authentication_failure": (
        "The provided PaymentMethod has failed authentication. "
        "You can provide payment_method_data or a new PaymentMethod to attempt again."
    ),
}


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What happens when a method is charged, in the order of its fields."""

    brand: str = "visa"
    country: str = "US"
    challenge: bool = False
    code: str = ""
    decline_code: str = ""
    after: After = ""
    settles: Literal["", "succeeds", "fails", "disputed"] = ""
    settle_seconds: float = 0


def _declined(decline_code: str, *, challenge: bool = False) -> Behaviour:
    return Behaviour(code="card_declined", decline_code=decline_code, challenge=challenge)


CARDS = {
    "4242424242424242": Behaviour(),
    "4000002500000003": Behaviour(country="FR"),
    "5555555555554444": Behaviour(brand="mastercard"),
    "378282246310005": Behaviour(brand="amex"),
    "4000000000000002": _declined("generic_decline"),
    "4000000000009995": _declined("insufficient_funds"),
    "4000000000009987": _declined("lost_card"),
    "4000000000009979": _declined("stolen_card"),
    "4000000000000069": Behaviour(code="expired_card", decline_code="expired_card"),
    "4000000000000127": Behaviour(code="incorrect_cvc", decline_code="incorrect_cvc"),
    "4000000000000119": Behaviour(code="processing_error", decline_code="processing_error"),
    "4000002500003155": Behaviour(challenge=True),
    "4000002760003184": Behaviour(challenge=True),
    "4000008260003178": _declined("insufficient_funds", challenge=True),
    "4000008400001629": _declined("generic_decline", challenge=True),
    "4000000000000259": Behaviour(after="dispute"),
    "4000000000005126": Behaviour(after="refund_fails"),
    "4000000000007726": Behaviour(after="refund_waits"),
}
SOON, LATE = 2.0, 180.0
IBANS = {
    "FR1420041010050500013M02606": Behaviour(settles="succeeds", settle_seconds=SOON),
    "FR3020041010050500013M02609": Behaviour(settles="succeeds", settle_seconds=LATE),
    "FR8420041010050500013M02607": Behaviour(settles="fails", settle_seconds=SOON),
    "FR7920041010050500013M02600": Behaviour(settles="fails", settle_seconds=LATE),
    "FR5720041010050500013M02608": Behaviour(settles="disputed", settle_seconds=SOON),
    "DE89370400440532013000": Behaviour(settles="succeeds", settle_seconds=SOON),
    "DE62370400440532013001": Behaviour(settles="fails", settle_seconds=SOON),
}
TOKENS = {
    "pm_card_visa": "4242424242424242",
    "pm_card_fr": "4000002500000003",
    "pm_card_mastercard": "5555555555554444",
    "pm_card_amex": "378282246310005",
    "pm_card_visa_chargeDeclined": "4000000000000002",
    "pm_card_chargeDeclined": "4000000000000002",
    "pm_card_visa_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_chargeDeclinedExpiredCard": "4000000000000069",
    "pm_card_chargeDeclinedIncorrectCvc": "4000000000000127",
    "pm_card_chargeDeclinedProcessingError": "4000000000000119",
    "pm_card_authenticationRequired": "4000002500003155",
    "pm_card_threeDSecure2Required": "4000002760003184",
    "pm_card_createDispute": "4000000000000259",
    "pm_card_refundFail": "4000000000005126",
    "pm_card_pendingRefund": "4000000000007726",
    "pm_sepaDebit_success_fr": "FR1420041010050500013M02606",
    "pm_sepaDebit_successDelayed_fr": "FR3020041010050500013M02609",
    "pm_sepaDebit_failed_fr": "FR8420041010050500013M02607",
    "pm_sepaDebit_failedDelayed_fr": "FR7920041010050500013M02600",
}


def compact(number: str) -> str:
    """A number as typed, without spaces and dashes, upper case."""
    return "".join(char for char in number if char.isalnum()).upper()


def is_luhn(number: str) -> bool:
    """Whether the check digit of a card number holds."""
    if not number.isdigit() or not 12 <= len(number) <= 19:
        return False
    digits = [int(char) for char in reversed(number)]
    return (sum(digits[::2]) + sum(sum(divmod(2 * d, 10)) for d in digits[1::2])) % 10 == 0


def is_iban(number: str) -> bool:
    """Whether the check digits of an IBAN hold."""
    if not (15 <= len(number) <= 34 and number.isalnum() and number[:2].isalpha()):
        return False
    return int("".join(str(int(char, 36)) for char in number[4:] + number[:4])) % 97 == 1


def card_error(code: str, decline_code: str = "", **fields: str) -> Refusal:
    """402 as Stripe words it."""
    message = MESSAGES.get(decline_code) or MESSAGES.get(code) or MESSAGES["card_declined"]
    refusal = Refusal(message, 402, type="card_error", code=code)
    refusal.error |= fields | ({"decline_code": decline_code} if decline_code else {})
    return refusal


def check_card(number: str, month: int, year: int, cvc: str, now: tuple[int, int]) -> Behaviour:
    """The behaviour of a card as typed, or the 402 that tells what is wrong with it."""
    year += 2000 if year < 100 else 0
    if not is_luhn(number):
        raise card_error("incorrect_number", param="number")
    if not 1 <= month <= 12:
        raise card_error("invalid_expiry_month", param="exp_month")
    if (year, month) < now or year > now[0] + 50:
        raise card_error("invalid_expiry_year", param="exp_year")
    if not (cvc.isdigit() and len(cvc) in (3, 4)):
        raise card_error("invalid_cvc", param="cvc")
    return CARDS.get(number, _declined("test_mode_live_card"))


def check_iban(number: str) -> Behaviour:
    """The behaviour of an IBAN; one that is valid but not on the list simply succeeds."""
    if not is_iban(number):
        raise Refusal(
            "The IBAN you provided is invalid.", stored=False, code="invalid_bank_account_iban"
        )
    return IBANS.get(number, Behaviour(settles="succeeds", settle_seconds=SOON))


def behaviour_of(number: str) -> Behaviour:
    """What a stored method does when charged."""
    return (
        CARDS.get(number)
        or IBANS.get(number)
        or (
            _declined("test_mode_live_card")
            if number.isdigit()
            else Behaviour(settles="succeeds", settle_seconds=SOON)
        )
    )
