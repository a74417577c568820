"""The proxy lets files through where the app takes them, and logs no invitation."""

import re

import pytest
from django.urls import reverse

from forgery.middleware import takes_files
from tests.architecture.test_access import ALL


@pytest.fixture
def nginx(root) -> str:
    return (root / "deploy/nginx.conf").read_text()


def test_large_bodies_pass_where_a_view_takes_files_and_nowhere_else(nginx):
    large = re.compile(re.search(r"location ~ (\S+) \{", nginx)[1])
    passed, taken = set(), set()
    for address in ALL:
        given = {
            name: 7 if name in {"pk", "n", "report"} else "a-1"
            for name in address.arguments
        }
        path = reverse(address.name, kwargs=given)
        passed |= {address.name} if large.match(path) else set()
        taken |= {address.name} if takes_files(address.view) else set()

    assert taken == passed


def test_no_log_quotes_an_invitation(nginx):
    servers = nginx.split("server {")[1:]
    hidden = re.compile(re.search(r'"~(\S+)" "/join/..."', nginx)[1])
    door = nginx.split("location /join/ {")[1].split("}")[0]

    assert len(servers) == 2
    assert all("access_log /var/log/nginx/access.log told;" in s for s in servers)
    assert "$request " not in nginx
    assert "$told_uri" in nginx
    assert hidden.match(reverse("observers:join", args=["token"]))
    assert "error.log crit;" in door
