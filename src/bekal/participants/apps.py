from django.apps import AppConfig


class ParticipantsConfig(AppConfig):
    name = "bekal.participants"
    label = "participants"

    def ready(self) -> None:
        from bekal.core.rotation import register_sealed
        from bekal.participants import grants, messages, notices
        from bekal.participants.sealed import SEALED

        messages.register()
        grants.register()
        notices.register()
        register_sealed(SEALED)
