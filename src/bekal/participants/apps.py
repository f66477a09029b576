from django.apps import AppConfig


class ParticipantsConfig(AppConfig):
    name = "bekal.participants"
    label = "participants"

    def ready(self) -> None:
        from bekal.participants import grants

        grants.register()
