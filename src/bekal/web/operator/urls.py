from django.urls import path

from bekal.web.operator import reports, views

app_name = "operator"
urlpatterns = [
    path("", views.waves, name="waves"),
    path("audit/", views.audit, name="audit"),
    path("clock/", views.move_clock, name="clock"),
    path("reports/", reports.reports, name="reports"),
    path("waves/<uuid:public_id>/", views.wave, name="wave"),
    path("waves/<uuid:public_id>/revocation/", views.propose_revocation, name="propose_revocation"),
    path("waves/<uuid:public_id>/end/", views.propose_end, name="propose_end"),
    path("waves/<uuid:public_id>/approve/", views.approve, name="approve"),
    path("waves/<uuid:public_id>/cancel/", views.cancel, name="cancel"),
]
