"""Bytes in an S3 bucket. Loaded by `files.storage` when one is configured: boto3 weighs 13 MB."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import boto3


class Bucket:
    """An S3 bucket, so that web machines need no disk."""

    def __init__(self, address: str, client: Any | None = None) -> None:
        parts = urlsplit(address)
        self.bucket, self.prefix = parts.netloc, parts.path.strip("/")
        self.client = client or boto3.client("s3")

    def _key(self, name: str) -> str:
        return f"{self.prefix}/{name}" if self.prefix else name

    def put(self, name: str, content: bytes, media_type: str) -> None:
        """See `Storage.put`."""
        self.client.put_object(
            Bucket=self.bucket, Key=self._key(name), Body=content, ContentType=media_type
        )

    def get(self, name: str) -> bytes:
        """See `Storage.get`."""
        try:
            answer = self.client.get_object(Bucket=self.bucket, Key=self._key(name))
        except self.client.exceptions.NoSuchKey as error:
            raise FileNotFoundError(name) from error
        body: bytes = answer["Body"].read()
        return body

    def drop(self, name: str) -> None:
        """See `Storage.drop`."""
        self.client.delete_object(Bucket=self.bucket, Key=self._key(name))
