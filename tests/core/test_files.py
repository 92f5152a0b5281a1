"""Uploads go through one interface: a folder, or a bucket spoken to by the real library."""

from __future__ import annotations

import boto3
import pytest
from moto import mock_aws

from app.core.files import Folder, describe, storage


def test_a_folder_keeps_gives_and_forgets(tmp_path) -> None:
    folder = storage(str(tmp_path))
    folder.put("1/a.png", b"bytes", "image/png")
    assert folder.get("1/a.png") == b"bytes"
    folder.drop("1/a.png")
    folder.drop("1/a.png")
    with pytest.raises(FileNotFoundError):
        folder.get("1/a.png")


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "1/../../outside"])
def test_no_name_leads_out_of_the_folder(tmp_path, name: str) -> None:
    folder = Folder(str(tmp_path / "files"))
    with pytest.raises(FileNotFoundError):
        folder.put(name, b"x", "text/plain")
    with pytest.raises(FileNotFoundError):
        folder.get(name)


def test_a_half_written_file_is_not_there(tmp_path, monkeypatch) -> None:
    folder = Folder(str(tmp_path))

    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(OSError, match="No space"):
        folder.put("1/a.png", b"bytes", "image/png")
    assert not [p for p in tmp_path.rglob("*") if p.is_file()]


@mock_aws
def test_a_bucket_keeps_gives_and_forgets(monkeypatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    client = boto3.client("s3")
    client.create_bucket(Bucket="venue-files")
    bucket = storage("s3://venue-files/production")
    bucket.put("1/a.png", b"bytes", "image/png")
    assert client.head_object(Bucket="venue-files", Key="production/1/a.png")["ContentType"]
    assert bucket.get("1/a.png") == b"bytes"
    bucket.drop("1/a.png")
    with pytest.raises(FileNotFoundError):
        bucket.get("1/a.png")


def test_names_are_ours_and_begin_with_the_tenant() -> None:
    first = describe(7, b"x", "image/png", ".png", "logo")
    second = describe(7, b"x", "image/png", ".png", "logo")
    assert first.name.startswith("7/")
    assert first.name != second.name
    assert first.sha256 == second.sha256
