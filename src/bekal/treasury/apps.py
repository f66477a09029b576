from django.apps import AppConfig


class TreasuryConfig(AppConfig):
    name = "bekal.treasury"
    label = "treasury"

    def ready(self) -> None:
        from bekal.treasury import checks, corrections, remittances, runs

        runs.register()
        remittances.register()
        corrections.register()
        checks.register()
