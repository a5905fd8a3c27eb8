"""The schema's revisions, oldest first: each brings the tables from one release's shape to the next."""
