from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    name = "bekal.catalogue"
    label = "catalogue"
