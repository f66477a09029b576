from django.urls import path

from bekal.web.participant import bundles, inbox, shelves, views

urlpatterns = [
    path("catalogue/<code:code>/buy/", views.buy, name="buy"),
    path("purchases/<uuid:public_id>/", views.receipt, name="receipt"),
    path("bundles/buy/", bundles.buy_together, name="buy_together"),
    path("bundles/<uuid:request_key>/", bundles.bundle_receipt, name="bundle_receipt"),
    path("shelves/rendered/", shelves.rendered, name="rendered"),
    path("balance/", views.balance, name="balance"),
    path("messages/", inbox.inbox, name="inbox"),
]
