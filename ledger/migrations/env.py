"""Entered by Alembic: runs the migrations on the engine that `upgrade` was given."""

from alembic import context

from ledger.schema import metadata

engine = context.config.attributes["engine"]
with engine.connect() as connection:
    connection = connection.execution_options(daymark_begin="BEGIN IMMEDIATE")
    with connection.begin():
        context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True)
        context.run_migrations()
