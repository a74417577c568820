"""The addresses of the program, and a page with nothing on it behind the same door."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from forgery.permissions import rule
from fundus_study import urls


@rule("signed-in")
def bare(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("<!doctype html><title>bare</title><p>Nothing.")


urlpatterns = [path("bare/", bare), *urls.urlpatterns]
