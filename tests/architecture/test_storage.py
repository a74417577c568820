"""Images may lie in S3-compatible storage: tried against a local server."""

import boto3
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from moto.server import ThreadedMotoServer

from fundus_study.environment import media_storage


@pytest.fixture
def bucket(monkeypatch):
    """A bucket on a local S3 server, named by the environment."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    for name, value in {
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_STORAGE_BUCKET_NAME": "fundus",
        "AWS_S3_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_S3_REGION_NAME": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    client = boto3.client(
        "s3", endpoint_url=f"http://127.0.0.1:{port}", region_name="us-east-1"
    )
    client.create_bucket(Bucket="fundus")
    yield client
    server.stop()


def test_files_lie_on_disk_unless_a_bucket_is_named(monkeypatch):
    monkeypatch.delenv("AWS_STORAGE_BUCKET_NAME", raising=False)

    assert media_storage()["BACKEND"].endswith("FileSystemStorage")


def test_an_image_survives_the_way_to_s3_and_back(bucket):
    storage = storages.create_storage(media_storage())
    content = bytes(range(256)) * 100

    name = storage.save("pools/ab/abcdef.png", ContentFile(content))

    with storage.open(name) as file:
        assert file.read() == content
    assert storage.exists(name)
    assert storage.size(name) == len(content)


def test_an_address_in_s3_is_signed_and_the_object_private(bucket):
    storage = storages.create_storage(media_storage())
    name = storage.save("one.png", ContentFile(b"x"))

    assert "Signature=" in storage.url(name)
    grants = bucket.get_object_acl(Bucket="fundus", Key=name)["Grants"]
    assert not [grant for grant in grants if "AllUsers" in str(grant["Grantee"])]


def test_nothing_is_overwritten(bucket):
    storage = storages.create_storage(media_storage())

    first = storage.save("same.png", ContentFile(b"first"))
    second = storage.save("same.png", ContentFile(b"second"))

    assert first != second
    with storage.open(first) as file:
        assert file.read() == b"first"
