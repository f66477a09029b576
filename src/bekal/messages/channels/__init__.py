"""The channels, each complete in a folder of its own: an app with its models, migrations, queries and services.

A new channel is a code in `Channel` (`messages/models.py`, with the migration of its CHECK) and a folder here, named in
`INSTALLED_APPS`. What is to be done is the messages of its code that its own tables say nothing of; where it has to send them,
that SELECT is the `due_sql` of a `JobKind`. A channel never changes a message.
"""
