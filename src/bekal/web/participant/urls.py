from django.urls import path

from bekal.web.participant import views

urlpatterns = [
    path("catalogue/<code:code>/buy/", views.buy, name="buy"),
    path("purchases/<uuid:public_id>/", views.receipt, name="receipt"),
    path("balance/", views.balance, name="balance"),
]
