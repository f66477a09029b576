from django.apps import AppConfig


class MessagesConfig(AppConfig):
    name = "bekal.messages"
    label = "bekal_messages"  # `messages` is the label of Django's own
