"""The outgoing mail table: one row per (tenant, template, entity, version), sent by a job."""

from __future__ import annotations

import datetime as dt
import smtplib
import ssl
from base64 import b64decode
from dataclasses import dataclass, field
from email.header import Header
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import formataddr
from typing import Any
from urllib.parse import unquote, urlsplit

from flask import current_app
from sqlalchemy import BigInteger, Index, UniqueConstraint, select
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock, outbox, tenancy
from app.core.db import Model, db, instant, key, stamp

NOBODY = "@invalid"  # the address of somebody who was forgotten ends like this


class Mail(Model):
    """A message, frozen when it was written. `tenant_id` is empty for a network's own mail."""

    __tablename__ = "mail"
    __table_args__ = (
        UniqueConstraint(
            "tenant_id",
            "network_id",
            "template",
            "entity",
            "version",
            name="uq_mail_once",
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_mail_waiting", "id", postgresql_where="sent_at is null"),
    )

    id: Mapped[key]
    tenant_id: Mapped[int | None] = mapped_column(BigInteger)
    network_id: Mapped[int] = mapped_column(BigInteger)
    template: Mapped[str]
    entity: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    sender_name: Mapped[str]
    reply_to: Mapped[str | None]
    recipient: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str]
    html: Mapped[str]
    attachments: Mapped[list[dict[str, str]]] = mapped_column(JSONB, default=list)
    created_at: Mapped[stamp]
    sent_at: Mapped[instant | None]


@dataclass(frozen=True)
class Letter:
    """What a feature wants to say, in the words and looks of the tenant."""

    template: str
    entity: str
    recipient: str
    subject: str
    text: str
    html: str
    sender_name: str
    reply_to: str | None = None
    version: int = 1
    attachments: list[dict[str, str]] = field(default_factory=list)


def post(letter: Letter) -> bool:
    """Write the mail and its job in this transaction; False when this very mail exists already,
    and when whoever it was for was forgotten."""
    if letter.recipient.endswith(NOBODY):
        return False
    scope = tenancy.current()
    values = {
        "tenant_id": scope.tenant_id,
        "network_id": scope.network_id,
        **{name: getattr(letter, name) for name in letter.__dataclass_fields__},
    }
    made = db.session.execute(
        insert(Mail).values(**values).on_conflict_do_nothing().returning(Mail.id)
    ).scalar_one_or_none()
    if made is None:
        return False
    outbox.defer("mail.send", mail_id=made, lane="mail")
    return True


@outbox.job("mail.send")
def send(mail_id: int) -> None:
    """Hand one mail to the SMTP server. At least once: the Message-ID stays the same."""
    mail = db.session.scalars(
        select(Mail)
        .where(Mail.id == mail_id, Mail.sent_at.is_(None))
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if mail is None:
        return
    deliver(_message(mail), current_app.config["SETTINGS"].smtp_url)
    mail.sent_at = clock.now()


class Whole(EmailPolicy):
    """Subjects and names keep their spaces.

    Where Python folds words that need encoding, it puts their space between two encoded words, and
    readers are told to drop that one: « c’est réservé » arrived as « c’estréservé ».
    """

    def fold(self, name: str, value: Any) -> str:
        """The header in lines, words and spaces encoded together."""
        if str(value).isascii() or name.lower() not in ("subject", "from"):
            return str(super().fold(name, value))
        if name.lower() == "subject":
            return f"{name}: {self._encoded(name, str(value))}{self.linesep}"
        (sender,) = value.addresses
        word = self._encoded(name, sender.display_name)
        return f"{name}: {word}{self.linesep} <{sender.addr_spec}>{self.linesep}"

    def _encoded(self, name: str, text: str) -> str:
        return Header(text, "utf-8", header_name=name).encode(linesep=self.linesep)

    def fold_binary(self, name: str, value: Any) -> bytes:
        """The same as bytes, which is what is sent."""
        return self.fold(name, value).encode("ascii")


def _message(mail: Mail) -> EmailMessage:
    settings = current_app.config["SETTINGS"]
    message = EmailMessage(policy=Whole())
    message["From"] = formataddr((mail.sender_name, settings.mail_from))
    message["To"] = mail.recipient
    message["Subject"] = mail.subject
    message["Date"] = mail.created_at.astimezone(dt.UTC)
    message["Message-ID"] = f"<{mail.network_id}.{mail.id}@{settings.mail_from.split('@')[-1]}>"
    if mail.reply_to:
        message["Reply-To"] = mail.reply_to
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    for part in mail.attachments:
        main, sub = part["type"].split("/")
        extra = {"method": part["method"]} if "method" in part else None
        content = b64decode(part["base64"]) if "base64" in part else part["text"].encode()
        message.add_attachment(
            content, maintype=main, subtype=sub, filename=part["name"], params=extra
        )
    return message


def deliver(message: EmailMessage, smtp_url: str) -> None:
    """One SMTP conversation. An empty address means that nothing may leave, and says so."""
    if not smtp_url:
        raise RuntimeError("SMTP_URL is not set: the mail waits in its table")
    url = urlsplit(smtp_url)
    secure = url.scheme == "smtps"
    client = smtplib.SMTP_SSL if secure else smtplib.SMTP
    port = url.port or (465 if secure else 25)
    with client(url.hostname or "localhost", port, timeout=20) as smtp:
        if url.username:
            if not secure:
                smtp.starttls(context=ssl.create_default_context())
            smtp.login(unquote(url.username), unquote(url.password or ""))
        smtp.send_message(message)
