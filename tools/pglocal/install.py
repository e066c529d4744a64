"""Find a PostgreSQL, or get one."""

import os
import subprocess
from dataclasses import dataclass


class InstallError(Exception):
    """There is no usable PostgreSQL; the text says what to do."""


@dataclass
class Installation:
    pg_config: str
    bindir: str


def get_postgres():
    path = os.environ.get("PG_CONFIG") or "pg_config"
    out = subprocess.run([path, "--bindir"], stdout=subprocess.PIPE, text=True, check=True)
    return Installation(path, out.stdout.strip())
