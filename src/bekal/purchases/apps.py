from django.apps import AppConfig


class PurchasesConfig(AppConfig):
    name = "bekal.purchases"
    label = "purchases"

    def ready(self) -> None:
        from bekal.purchases import checks, refunds

        checks.register()
        refunds.register()
