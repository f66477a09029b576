from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "bekal.cases"
    label = "cases"

    def ready(self) -> None:
        from bekal.cases import messages, tasks

        messages.register()
        tasks.register()
