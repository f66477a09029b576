from django.urls import path, register_converter

from bekal.web.converters import CodeConverter
from bekal.web.public import result, views

register_converter(CodeConverter, "code")

urlpatterns = [
    path("catalogue/", views.catalogue, name="catalogue"),
    path("your-data/", views.your_data, name="your_data"),
    path("result/", result.result, name="result"),
    path("catalogue/<code:code>/", views.training, name="training"),
]
