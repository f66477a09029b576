from django.apps import AppConfig


class PurchasesConfig(AppConfig):
    name = "bekal.purchases"
    label = "purchases"

    def ready(self) -> None:
        from bekal.purchases import checks, messages, refunds

        messages.register()  # before what writes them
        checks.register()
        refunds.register()
