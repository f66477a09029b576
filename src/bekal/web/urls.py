"""Every address of the site: each door is mounted here."""

from allauth.account import views as account
from django.conf.urls.i18n import urlpatterns as language
from django.urls import URLPattern, URLResolver, include, path

from bekal.web import views
from bekal.web.api.docs import docs_page
from bekal.web.api.views import api
from bekal.web.gateways import sms_reports
from bekal.web.login import CodeView, LoginView

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("api/v1/docs/", docs_page(api), name="api_docs"),
    path("api/v1/", api.urls),
    path("", include("bekal.web.public.urls")),
    path("", include("bekal.web.participant.urls")),
    path("", include("bekal.web.newcomer.urls")),
    path("gateways/sms/reports/", sms_reports, name="sms_reports"),
    path("operator/", include("bekal.web.operator.urls")),
    path("i18n/", include(language)),
    # The names are those that allauth looks up.
    path("accounts/login/", LoginView.as_view(), name="account_login"),
    path("accounts/login/code/", CodeView.as_view(), name="mfa_authenticate"),
    path("accounts/logout/", account.logout, name="account_logout"),
    path("accounts/inactive/", account.account_inactive, name="account_inactive"),
    path("accounts/password/reset/", views.password_help, name="account_reset_password"),
]
