from django.apps import AppConfig


class TreasuryConfig(AppConfig):
    name = "bekal.treasury"
    label = "treasury"

    def ready(self) -> None:
        from bekal.treasury import runs

        runs.register()
