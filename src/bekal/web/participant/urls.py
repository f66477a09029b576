from django.urls import path

from bekal.web.participant import application, bundles, contact, correction, inbox, introduction, questions, shelves, views

urlpatterns = [
    path("catalogue/<code:code>/buy/", views.buy, name="buy"),
    path("purchases/<uuid:public_id>/", views.receipt, name="receipt"),
    path("bundles/buy/", bundles.buy_together, name="buy_together"),
    path("bundles/<uuid:request_key>/", bundles.bundle_receipt, name="bundle_receipt"),
    path("shelves/rendered/", shelves.rendered, name="rendered"),
    path("balance/", views.balance, name="balance"),
    path("messages/", inbox.inbox, name="inbox"),
    path("application/", application.application, name="application"),
    path("application/apply/", application.apply, name="application_apply"),
    path("application/withdraw/", application.withdraw, name="application_withdraw"),
    path("application/correct/", correction.correct, name="correct"),
    path("application/own-row.json", application.own_row, name="own_row"),
    path("application/questions/", questions.here, name="questions"),
    path("application/questions/<slug:code>/", questions.question, name="question"),
    path("introduction/", introduction.read, name="introduction_read"),
    path("contact/", contact.contact, name="contact"),
    path("contact/phone/", contact.phone, name="contact_phone"),
    path("contact/code/", contact.code, name="contact_code"),
    path("contact/preferences/", contact.preferences, name="contact_preferences"),
]
