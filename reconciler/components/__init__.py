"""The components: one file each; `expand(entry, context)` turns a short entry into AWS objects. Pure."""
