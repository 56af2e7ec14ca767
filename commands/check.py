"""`check`: say what is wrong before a start, or beside a running server; changes nothing."""

from __future__ import annotations

import os

from commands import data_checks, limits, machine_checks
from commands.finding import Finding
from commands.parts import governor_settings
from commands.problem import Problem
from settings import Settings, SettingsError, read_settings

FOUND_SOMETHING = 1


def run() -> int:
    """Print what was found; answers 1 where something is wrong, else 0."""
    findings = look()
    for finding in sorted(findings, key=lambda finding: not finding.is_wrong):
        print(f"{'wrong' if finding.is_wrong else 'note'}: {finding.sentence}")
    wrong = sum(finding.is_wrong for finding in findings)
    print(f"{wrong} wrong." if wrong else "Nothing is wrong.")
    return FOUND_SOMETHING if wrong else 0


def _pace(settings: Settings) -> list[Finding]:
    try:
        governor_settings(settings)
    except Problem as problem:
        return [Finding.wrong(str(problem))]
    return []


def look() -> list[Finding]:
    """Everything there is to say."""
    try:
        settings = read_settings(os.environ)
    except SettingsError as error:
        return [Finding.wrong(str(error)), *machine_checks.everything(read_settings({}).empresas)]
    empresas = limits.expected(settings)
    return [
        *_pace(settings),
        *data_checks.everything(settings),
        *machine_checks.everything(empresas),
    ]
