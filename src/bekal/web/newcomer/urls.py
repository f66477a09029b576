from django.urls import path

from bekal.web.newcomer import account, identity

urlpatterns = [
    path("register/", account.phone, name="register"),
    path("register/code/", account.code, name="register_code"),
    path("register/password/", account.password, name="register_password"),
    path("register/identity/", identity.here, name="register_identity"),
    path("register/identity/confirm/", identity.confirm, name="register_confirm"),
    path("register/identity/<slug:name>/", identity.step, name="register_step"),
]
