from django.apps import AppConfig


class InAppConfig(AppConfig):
    name = "bekal.messages.channels.in_app"
    label = "messages_in_app"
