"""Uploaded files: a row that says what it is, bytes in a folder or in an S3 bucket."""

from __future__ import annotations

import hashlib
import secrets
from importlib import import_module
from pathlib import Path
from typing import Protocol

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model, key, owned, stamp
from app.core.tenancy import TenantOwned


class StoredFile(TenantOwned, Model):
    """What was stored, under a generated name, with the hash of its bytes."""

    __tablename__ = "stored_file"
    __table_args__ = owned(Index("ix_stored_file_name", "tenant_id", "name", unique=True))

    id: Mapped[key]
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str]
    purpose: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[stamp]


class Storage(Protocol):
    """Where bytes go. Names are ours, generated, and begin with the tenant."""

    def put(self, name: str, content: bytes, media_type: str) -> None:
        """Keep the bytes under a name that is not used yet."""

    def get(self, name: str) -> bytes:
        """Give the bytes back; `FileNotFoundError` when there are none."""

    def drop(self, name: str) -> None:
        """Forget the bytes; silent when they are gone already."""


class Folder:
    """Files below one directory, written aside first so that none is ever half there."""

    def __init__(self, root: str) -> None:
        self.root = Path(root)

    def _path(self, name: str) -> Path:
        path = (self.root / name).resolve()
        if not path.is_relative_to(self.root.resolve()):
            raise FileNotFoundError(name)
        return path

    def put(self, name: str, content: bytes, media_type: str) -> None:
        """See `Storage.put`; a folder keeps no media type, the row does."""
        del media_type
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            aside.write_bytes(content)
            aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)

    def get(self, name: str) -> bytes:
        """See `Storage.get`."""
        return self._path(name).read_bytes()

    def drop(self, name: str) -> None:
        """See `Storage.drop`."""
        self._path(name).unlink(missing_ok=True)


def storage(address: str) -> Storage:
    """A bucket for `s3://…`, else a folder. Amazon's library is loaded for a bucket alone."""
    if not address.startswith("s3://"):
        return Folder(address)
    bucket: Storage = import_module("app.core.bucket").Bucket(address)
    return bucket


def describe(
    tenant_id: int, content: bytes, media_type: str, suffix: str, purpose: str
) -> StoredFile:
    """The row of new bytes; the caller adds it and puts the bytes under its name."""
    return StoredFile(
        name=f"{tenant_id}/{secrets.token_urlsafe(18)}{suffix}",
        media_type=media_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        purpose=purpose,
    )
