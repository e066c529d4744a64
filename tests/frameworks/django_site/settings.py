"""Settings of a small Django project; the database comes from the environment variable SITE_DSN."""

import os

from psycopg2.extensions import ISOLATION_LEVEL_REPEATABLE_READ, parse_dsn

_dsn = parse_dsn(os.environ["SITE_DSN"])
_name = _dsn.pop("dbname", "postgres")

# The keys a DSN and Django name differently; what is left goes to connect() through OPTIONS.
_database = {
    "ENGINE": "django.db.backends.postgresql",
    "USER": _dsn.pop("user", ""),
    "PASSWORD": _dsn.pop("password", ""),
    "HOST": _dsn.pop("host", ""),
    "PORT": _dsn.pop("port", ""),
    "NAME": _name,
    "TEST": {"NAME": f"test_site_{os.getpid()}"},
}

DATABASES = {
    "default": {**_database, "OPTIONS": {**_dsn, "application_name": "django site"}},
    "repeatable": {
        **_database,
        "OPTIONS": {**_dsn, "isolation_level": ISOLATION_LEVEL_REPEATABLE_READ},
        "TEST": {"MIRROR": "default"},
    },
}
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.postgres",
    "django_site.shop",
]
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
ROOT_URLCONF = "django_site.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SECRET_KEY = "only for tests"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = ["testserver"]
USE_TZ = True
TIME_ZONE = "Europe/Berlin"
