"""Alembic's folder: one file per revision in `versions`, run by `persistence.migration`."""
