"""Django settings for the peer alone: django-hordak on the database that `DATABASE_URL` names."""

import os

from bekal.config.databases import connection_settings

SECRET_KEY = "only-a-benchmark"  # noqa: S105
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "mptt", "hordak"]
DATABASES = {"default": {**connection_settings(os.environ["DATABASE_URL"]), "CONN_MAX_AGE": None}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
HORDAK_DECIMAL_PLACES = 0
HORDAK_INTERNAL_CURRENCY = "IDR"
DEFAULT_CURRENCY = "IDR"
CURRENCIES = ["IDR"]
HORDAK_CURRENCIES = ["IDR"]
