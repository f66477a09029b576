from django.apps import AppConfig


class SmsConfig(AppConfig):
    name = "bekal.messages.channels.sms"
    label = "messages_sms"

    def ready(self) -> None:
        from bekal.messages.channels.sms import gateway

        gateway.register()
