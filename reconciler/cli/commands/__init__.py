"""One module per command, each with a `command`. They wire values together and decide exit codes."""
