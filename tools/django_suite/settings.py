"""The settings of Django's suite: its own, on two test databases of the private server."""

import os

DATABASES = {
    alias: {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": f"suite_{alias}",
        "USER": "postgres",
        "HOST": os.environ["SUITE_HOST"],
        "PORT": os.environ["SUITE_PORT"],
    }
    for alias in ("default", "other")
}
SECRET_KEY = "django_tests_secret_key"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
USE_TZ = False
TEST_RUNNER = "recorder.Runner"
