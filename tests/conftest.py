"""What every test shares: the fixtures of the database."""

pytest_plugins = ["fix_db", "fix_proxy", "fix_registries"]
