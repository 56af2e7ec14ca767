"""`migrate`: bring the database to this program's revision, and end."""

from __future__ import annotations

import os
import sys

import logs
from commands import folders
from commands.parts import open_database
from commands.problem import Problem, report
from settings import SettingsError, read_settings


def run() -> int:
    """Migrate; answers the exit code."""
    os.umask(0o077)
    try:
        settings = read_settings(os.environ)
        logs.configure(settings.log_format, settings.log_level)
        folders.prepare(settings.data_dir, "VENDEAI_DATA_DIR")
        open_database(settings)
    except (SettingsError, Problem) as problem:
        return report(problem)
    print("The database is at this version's revision.", file=sys.stdout)
    return 0
