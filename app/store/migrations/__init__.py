"""The schema's revisions, oldest first: each brings the tables from one release's shape to the next."""

HEAD = "0002"
"""The newest of them; tests/contract/test_migrations.py holds it against the files."""
