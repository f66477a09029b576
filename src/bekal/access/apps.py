from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "bekal.access"
    label = "access"
