from django.apps import AppConfig
from django.db.models.signals import post_init, pre_save


class AccessConfig(AppConfig):
    name = "bekal.access"
    label = "access"

    def ready(self) -> None:
        from allauth.mfa.models import Authenticator

        from bekal.access.factors import TABLE, bind_loaded, bind_saved, seal_again
        from bekal.core.rotation import register_step

        post_init.connect(bind_loaded, sender=Authenticator)
        pre_save.connect(bind_saved, sender=Authenticator)
        register_step(TABLE, seal_again)
