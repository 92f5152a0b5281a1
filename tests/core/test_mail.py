"""What is sent says what was written: read back as a stranger's mail program reads it."""

from __future__ import annotations

import io
from email import message_from_bytes
from email.generator import BytesGenerator
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import formataddr, parseaddr

import pytest

from app.core.mail import Whole


@pytest.mark.parametrize(
    "subject",
    [
        "Cale sèche, dimanche 29 novembre : c’est réservé",
        "Plain words",
        "Réservé " * 20 + "🎉",
        "39\u00a0€ à payer, الحجز مؤكد",
    ],
)
@pytest.mark.parametrize(
    "name", ["Le Moulin", "Réseau des très grandes tables d’hôtes, à côté (été)", "L’Été " * 15]
)
def test_subject_and_sender_arrive_as_they_were_written(subject: str, name: str) -> None:
    message = EmailMessage(policy=Whole())
    message["From"] = formataddr((name.strip(), "a@example.org"))
    message["Subject"] = subject.strip()
    message.set_content("x")
    sent = io.BytesIO()
    BytesGenerator(sent).flatten(message, linesep="\r\n")
    read = message_from_bytes(sent.getvalue())
    subject_read = make_header(decode_header(read["Subject"]))
    encoded, address = parseaddr(read["From"])
    assert (str(subject_read), address) == (subject.strip(), "a@example.org")
    assert str(make_header(decode_header(encoded))) == name.strip()
    assert max(map(len, sent.getvalue().split(b"\r\n"))) <= 78
