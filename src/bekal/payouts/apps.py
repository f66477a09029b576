from django.apps import AppConfig


class PayoutsConfig(AppConfig):
    name = "bekal.payouts"
    label = "payouts"

    def ready(self) -> None:
        from bekal.core.rotation import register_sealed
        from bekal.payouts import checks, instalments, messages, sealed, settlements

        messages.register()
        checks.register()
        instalments.register()
        settlements.register()
        register_sealed(sealed.SEALED)
