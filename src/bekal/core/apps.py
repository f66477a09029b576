from django.apps import AppConfig
from django.db.backends.signals import connection_created


class CoreConfig(AppConfig):
    name = "bekal.core"
    label = "core"

    def ready(self) -> None:
        from bekal.core.keys import forget_keys

        connection_created.connect(forget_keys)
