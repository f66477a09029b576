from django.apps import AppConfig


class MessagesConfig(AppConfig):
    name = "bekal.messages"
    label = "bekal_messages"  # `messages` is the label of Django's own

    def ready(self) -> None:
        from bekal.core.rotation import register_sealed
        from bekal.messages import codes, tasks
        from bekal.messages.contacts import SEALED

        codes.register()
        tasks.register()
        register_sealed(SEALED)
        register_sealed(codes.SEALED)
