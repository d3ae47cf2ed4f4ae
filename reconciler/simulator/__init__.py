"""The embedded AWS (moto) and PostgreSQL behind `demo`, `--simulate` and the tests.

The only place that imports moto, werkzeug or an embedded PostgreSQL. Nothing here may reach a network other than
loopback, and nothing outside `cli` and the tests may import it: what plans and applies must not know it is simulated.
"""
