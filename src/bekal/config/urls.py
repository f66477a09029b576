from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("bekal.web.urls")),
    path("operator/", include("bekal.web.operator.urls")),
]
