from django.apps import AppConfig


class ParticipantsConfig(AppConfig):
    name = "bekal.participants"
    label = "participants"

    def ready(self) -> None:
        from bekal.core.rotation import register_sealed
        from bekal.participants import grants, messages, notices
        from bekal.participants.draw import messages as draw_messages
        from bekal.participants.draw import sealed as draw_sealed
        from bekal.participants.draw import tasks as draw_tasks
        from bekal.participants.registration import sealed as drafts
        from bekal.participants.screening import tasks as screening_tasks
        from bekal.participants.sealed import SEALED

        messages.register()
        grants.register()
        notices.register()
        register_sealed(SEALED)
        register_sealed(drafts.SEALED)
        register_sealed(draw_sealed.SEALED)
        draw_messages.register()
        draw_tasks.register()
        screening_tasks.register()
