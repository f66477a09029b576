"""Django settings, read from the environment.

`BEKAL_HOME` names the folder of the embedded database, the models and the secrets. `DATABASE_URL` names any PostgreSQL of
version 15 or newer; without it the console script starts the embedded one and sets it. How the site is reached is said by
`BEKAL_ALLOWED_HOSTS`, `BEKAL_TRUSTED_ORIGINS`, `BEKAL_TRUSTED_PROXIES`, `BEKAL_HTTPS` and `BEKAL_HSTS_SECONDS`
(docs/serving.md).
"""

import os
from pathlib import Path
from typing import Any

from bekal.config.databases import connection_settings
from bekal.config.environment import flag, networks, origins, seconds, service, shared_secret, whole_number, words
from bekal.config.postgres import default_home
from bekal.config.secrets import load_secrets
from bekal.web.bodies import MOST_BODY_BYTES, MOST_MANY_BYTES

BEKAL_HOME = default_home()
_secrets = load_secrets(BEKAL_HOME, of=os.environ.get("DATABASE_URL"))
SECRET_KEY = _secrets.session_key
BEKAL_IDENTITY_SECRET = _secrets.identity_secret
DEBUG = False
ALLOWED_HOSTS = words("BEKAL_ALLOWED_HOSTS") or ["127.0.0.1", "localhost", "[::1]"]
BEKAL_TRUSTED_PROXIES = networks("BEKAL_TRUSTED_PROXIES")
CSRF_TRUSTED_ORIGINS = origins("BEKAL_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "bekal.web",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "procrastinate.contrib.django",
    "bekal.core",
    "bekal.access",
    "bekal.messages",
    "bekal.messages.channels.in_app",
    "bekal.messages.channels.sms",
    "bekal.ledger",
    "bekal.programmes",
    "bekal.participants",
    "bekal.catalogue",
    "bekal.purchases",
    "bekal.recommender",
    "bekal.payouts",
    "bekal.treasury",
    "bekal.cases",
]

MIDDLEWARE = [
    "bekal.web.middleware.ProxyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "bekal.web.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "bekal.web.middleware.RouteMiddleware",
    "bekal.web.middleware.ClockMiddleware",
    "bekal.web.middleware.SessionEndedMiddleware",
    "bekal.web.middleware.TypedErrorMiddleware",
]

ROOT_URLCONF = "bekal.config.urls"
WSGI_APPLICATION = "bekal.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        **connection_settings(os.environ.get("DATABASE_URL")),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "access.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("MinimumLengthValidator", "CommonPasswordValidator", "NumericPasswordValidator")
]
LOGIN_REDIRECT_URL = "/"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_FORMS = {"login": "bekal.web.login.LoginForm"}
ACCOUNT_ADAPTER = "bekal.web.accounts.AccountAdapter"
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_REAUTHENTICATION_REQUIRED = True
# allauth counts in the cache, which forgets; `bekal.access.tries` counts in tables.
ACCOUNT_RATE_LIMITS = False
MFA_ADAPTER = "bekal.web.accounts.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp"]
MFA_TOTP_ISSUER = "Bekal"
# The clocks of phones are off by seconds: the codes before and after count too.
MFA_TOTP_TOLERANCE = 1

# What a recommendation model is held to before it may serve, in NDCG (docs/recommender.md).
BEKAL_FAIRNESS_LIMITS: dict[str, Any] = {"loss": 0.005, "widening": 0.01, "least_people": 200, "confidence": 0.95}

# Above this, who approves runs types their total again.
BEKAL_TYPED_TOTAL_IDR = whole_number("BEKAL_TYPED_TOTAL_IDR", default=1_000_000_000)

# The SMS gateway, and the secret that is shared with it (docs/messages.md); without an address no SMS is sent.
BEKAL_SMS_URL = service("BEKAL_SMS_URL")
BEKAL_SMS_SECRET = shared_secret("BEKAL_SMS_SECRET", needed=bool(BEKAL_SMS_URL))

LANGUAGE_CODE = "id"
LANGUAGES = [("id", "Bahasa Indonesia"), ("en", "English")]
LOCALE_PATHS = [str(Path(__file__).parent.parent / "locale")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Jakarta"

STATIC_URL = "/static/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_MIMETYPES = {".webmanifest": "application/manifest+json"}
WHITENOISE_ROOT = str(Path(__file__).parent.parent / "web" / "root")  # /robots.txt, /favicon.ico

# How long the database bears with one statement of a page; read here, so that what cannot be meant is refused by every command.
BEKAL_STATEMENT_SECONDS = seconds("BEKAL_STATEMENT_SECONDS", default=15)

# No page takes a file, and the largest form names some hundred runs.
# What each path may bring is less for most: `bekal.web.bodies`, held by the front door and by the API.
DATA_UPLOAD_MAX_MEMORY_SIZE = MOST_MANY_BYTES
FILE_UPLOAD_MAX_MEMORY_SIZE = MOST_BODY_BYTES
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
_is_https = flag("BEKAL_HTTPS")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = _is_https
SECURE_SSL_REDIRECT = _is_https
# A watchdog beside the site asks without TLS.
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
_hsts_seconds = seconds("BEKAL_HSTS_SECONDS", default=31_536_000)
SECURE_HSTS_SECONDS = _hsts_seconds if _is_https else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
