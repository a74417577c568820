"""Where each address leads."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from fundus_study import account_urls, accounts, api_urls, health

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("observers.urls")),  # with the reading room, which asks most often
    path("accounts/", include(account_urls)),
    path("accounts/login/", accounts.Login.as_view(), name="login"),
    path("accounts/logout/", accounts.Logout.as_view(), name="logout"),
    path("accounts/language/", accounts.Language.as_view(), name="set_language"),
    path("health/live", health.Live.as_view(), name="live"),
    path("health/ready", health.Ready.as_view(), name="ready"),
    path("admin/", admin.site.urls),
    path("api/", include(api_urls)),
    path("pools/", include("forgery.urls")),
    path("models/", include("detector.urls")),
]

handler404 = "fundus_study.errors.not_found"
