from django.apps import AppConfig


class ParticipantsConfig(AppConfig):
    name = "bekal.participants"
    label = "participants"

    def ready(self) -> None:
        from bekal.core.rotation import SealedTable, register_sealed
        from bekal.participants import grants
        from bekal.participants.sealed import COLUMNS, TABLE

        grants.register()
        register_sealed(SealedTable(TABLE, COLUMNS, salt="sealed.key_salt"))
