"""The data migration, against a real PostgreSQL."""
