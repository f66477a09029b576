from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "bekal.ledger"
    label = "ledger"

    def ready(self) -> None:
        from bekal.ledger.runs import tasks

        tasks.register()
