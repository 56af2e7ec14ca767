"""Runs revisions over the connection, and in the transaction, of `persistence.migration`."""

from alembic import context

from persistence.models import Model

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Model.metadata,
    render_as_batch=True,
    transaction_per_migration=False,
)
context.run_migrations()
