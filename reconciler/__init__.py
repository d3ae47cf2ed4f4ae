"""reconcile: one YAML file describes a small company's AWS stack; this package converges live AWS with it.

Start reading at `docs/architecture.md`; the layers below this package never import upwards.
"""

__version__ = "0.1.0"
