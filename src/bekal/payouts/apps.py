from django.apps import AppConfig


class PayoutsConfig(AppConfig):
    name = "bekal.payouts"
    label = "payouts"

    def ready(self) -> None:
        from bekal.payouts import checks, instalments, messages, settlements

        messages.register()
        checks.register()
        instalments.register()
        settlements.register()
