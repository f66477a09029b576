from django.urls import path

from bekal.web.operator import acts, cases, draw, outbox, reports, runs, schedules, screening, views

app_name = "operator"
urlpatterns = [
    path("", views.waves, name="waves"),
    path("acts/", acts.acts, name="acts"),
    path("audit/", views.audit, name="audit"),
    path("cases/", cases.listing, name="cases"),
    path("cases/<uuid:public_id>/", cases.case, name="case"),
    path("cases/<uuid:public_id>/data/", cases.open_data, name="open_case_data"),
    path("cases/<uuid:public_id>/propose/", cases.propose, name="propose_case"),
    path("cases/<uuid:public_id>/approve/", cases.approve, name="approve_case"),
    path("cases/<uuid:public_id>/cancel/", cases.cancel, name="cancel_case"),
    path("clock/", views.set_clock, name="clock"),
    path("messages/", outbox.outbox, name="messages"),
    path("messages/settle/", outbox.settle, name="settle_messages"),
    path("messages/resume/", outbox.resume, name="resume_messages"),
    path("reports/", reports.reports, name="reports"),
    path("runs/", runs.listing, name="runs"),
    path("runs/approve/", runs.approve, name="approve"),
    path("runs/cancel/", runs.cancel, name="cancel"),
    path("runs/<uuid:public_id>/", runs.run, name="run"),
    path("waves/new/", schedules.new, name="new_wave"),
    path("waves/schedules/<uuid:public_id>/", schedules.schedule, name="schedule"),
    path("waves/schedules/<uuid:public_id>/approve/", schedules.approve, name="approve_schedule"),
    path("waves/schedules/<uuid:public_id>/cancel/", schedules.cancel, name="cancel_schedule"),
    path("waves/<uuid:public_id>/", views.wave, name="wave"),
    path("waves/<uuid:public_id>/draw/", draw.draw, name="draw"),
    path("waves/<uuid:public_id>/draw/<slug:deed>/", draw.act, name="draw_act"),
    path("waves/<uuid:public_id>/revocation/", views.propose_revocation, name="propose_revocation"),
    path("waves/<uuid:public_id>/screen/", screening.screen, name="screen"),
    path("waves/<uuid:public_id>/end/", views.propose_end, name="propose_end"),
]
