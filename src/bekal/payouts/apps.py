from django.apps import AppConfig


class PayoutsConfig(AppConfig):
    name = "bekal.payouts"
    label = "payouts"

    def ready(self) -> None:
        from bekal.core.rotation import SealedTable, register_sealed
        from bekal.payouts import checks, instalments, messages, sealed, settlements

        messages.register()
        checks.register()
        instalments.register()
        settlements.register()
        register_sealed(SealedTable(sealed.TABLE, (sealed.COLUMN,), salt=sealed.SALT_SQL))
