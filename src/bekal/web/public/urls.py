from django.urls import path, register_converter

from bekal.web.converters import CodeConverter
from bekal.web.public import draws, result, views

register_converter(CodeConverter, "code")

urlpatterns = [
    path("catalogue/", views.catalogue, name="catalogue"),
    path("draws/", draws.draws, name="draws"),
    path("draws/<uuid:public_id>/", draws.draw, name="draw"),
    path("draws/<uuid:public_id>/value/", draws.hand_in, name="hand_in_value"),
    path("draws/<uuid:public_id>/<str:name>", draws.file, name="draw_file"),
    path("your-data/", views.your_data, name="your_data"),
    path("result/", result.result, name="result"),
    path("catalogue/<code:code>/", views.training, name="training"),
]
