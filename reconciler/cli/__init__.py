"""The command line: the only place that prints, asks and exits. It decides nothing about AWS."""

from reconciler.cli.main import main

__all__ = ["main"]
