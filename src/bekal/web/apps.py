from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "bekal.web"
    label = "web"
