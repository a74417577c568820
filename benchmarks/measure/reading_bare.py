"""The limit: a bare Django with one durable transaction, in the same processes.

Session, CSRF and one INSERT, nothing else; the image is the same file, read and sent.
"""

import os
import sys
from pathlib import Path
from typing import Any

import django
import environ
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path

if not settings.configured:
    settings.configure(
        SECRET_KEY=os.environ["SECRET_KEY"],  # the sessions are made by the other
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF=__name__,
        USE_TZ=True,
        INSTALLED_APPS=[
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "django.contrib.sessions",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",  # the content's length
            "django.middleware.csrf.CsrfViewMiddleware",
        ],
        DATABASES={
            "default": {
                **environ.Env().db("DATABASE_URL"),
                "CONN_MAX_AGE": 60,
                "CONN_HEALTH_CHECKS": True,
            }
        },
    )
    django.setup()

INSERT = "INSERT INTO bare_rating (who, body) VALUES (%s, %s)"
IMAGE = Path(os.environ.get("BENCH_IMAGE", ""))
PAGE = """<!doctype html><meta charset="utf-8"><img id="image">
<div id="room" data-state="reading"><b id="place">0</b></div><script>
const token = document.cookie.replace(/.*csrftoken=([^;]+).*/, "$1");
let ahead;
async function prefetch() {
  const image = new Image();
  const answer = await fetch("/image/?" + Math.random());
  image.src = URL.createObjectURL(await answer.blob());
  await image.decode();
  return image;
}
async function start() {
  ahead = prefetch();
  await ahead;
  document.body.dataset.ready = 1;
}
addEventListener("keydown", async (event) => {
  if (event.key !== "Enter") return;
  await fetch("/rate/", {method: "POST", headers: {"X-CSRFToken": token}, body: "{}"});
  const next = Object.assign(await ahead, {id: "image"});
  document.getElementById("image").replaceWith(next);
  document.getElementById("place").textContent++;
  ahead = prefetch();
});
start();
</script>"""


def rate(request: HttpRequest) -> JsonResponse:
    """Look the session up and insert one row."""
    who = request.session["who"]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO bare_rating (who, body) VALUES (%s, %s)", [who, "x"]
        )
    return JsonResponse({"next": "x" * 200})


def image(request: HttpRequest) -> HttpResponse:
    """Look the session up and send the file."""
    request.session["who"]
    return HttpResponse(IMAGE.read_bytes(), content_type="image/png")


def page(_request: HttpRequest) -> HttpResponse:
    """Give the bare page of the browser's limit."""
    return HttpResponse(PAGE)


urlpatterns: list[Any] = [
    path("rate/", rate),
    path("image/", image),
    path("page/", page),
]
application = get_wsgi_application() if "gunicorn" in sys.argv[0] else None
