"""The site is one room: every address is in `bekal.web.urls`."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [path("", include("bekal.web.urls"))]
handler400 = "bekal.web.errors.bad_request"
handler500 = "bekal.web.errors.server_error"
