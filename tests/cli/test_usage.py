"""Help, versions and slips of the keyboard: fast, on the right stream, and with a way out."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

from reconciler import __version__
from reconciler.cli.main import COMMANDS
from reconciler.errors import Exit
from tests.cli.shell import Shell, surroundings
from tests.cli.stacks import TOPIC

HEAVY = ("boto3", "botocore", "jinja2", "jsonschema", "moto", "psycopg", "rich", "yaml")


@pytest.mark.parametrize("option", ["--help", "--version", "-h"])
def test_help_and_version_load_no_heavy_package(shell: Shell, option: str) -> None:
    program = (
        "import sys; from reconciler.cli.main import run; code = run(sys.argv[1:]);"
        "sys.stderr.write(' '.join({name.split('.')[0] for name in sys.modules})); sys.exit(code)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, option], env=surroundings({}), capture_output=True, text=True, check=True
    )
    loaded = set(ended.stderr.split())
    assert "click" in loaded
    assert loaded & set(HEAVY) == set()
    assert ended.stdout


def test_the_version_is_the_packages(shell: Shell) -> None:
    assert shell("--version").stdout == f"reconcile, version {__version__}\n"


def test_the_help_names_every_command_with_what_it_does(shell: Shell) -> None:
    ended = shell("--help")
    assert (ended.code, ended.stderr) == (Exit.OK, "")
    for name, purpose in COMMANDS.items():
        assert f"  {name}" in ended.stdout
        assert purpose in ended.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_and_its_options(shell: Shell, name: str) -> None:
    for option in ("--help", "-h"):
        ended = shell(name, option)
        assert (ended.code, ended.stderr) == (Exit.OK, "")
        usage, purpose, *_ = ended.stdout.split("\n\n")
        assert usage.startswith(f"Usage: reconcile {name} ")
        assert purpose.strip()[0].isupper()
    command = import_module(f"reconciler.cli.commands.{name}").command
    options = [param for param in command.params if param.param_type_name == "option"]
    assert [option.name for option in options if not option.help] == []


SLIPS: dict[str, tuple[tuple[str, ...], str]] = {
    "command": (("plna",), "No such command 'plna'. Did you mean 'plan'?"),
    "command like nothing": (("quetzal",), "No such command 'quetzal'."),
    "option": (("plan", "--reprot", "json=x"), "Did you mean '--report'?"),
    "choice": (("plan", "--output", "jsno"), "'jsno' is not one of 'text', 'json'"),
    "drawing": (("graph", "--format", "png"), "'png' is not one of 'mermaid', 'dot', 'svg'"),
    "report format": (
        ("plan", "--report", "pdf=x"),
        "`pdf=x` is not FORMAT=PATH with a format of json, markdown, html",
    ),
    "report without a path": (("plan", "--report", "html="), "`html=` is not FORMAT=PATH"),
    "report onto a folder": (("plan", "--report", "html=spec"), "`spec` cannot be written"),
    "report below a file": (("apply", "--report", "html=spec/shop.yaml/x"), "`spec/shop.yaml/x` cannot be written"),
    "variable without a value": (("plan", "--var", "label"), "`label` is not NAME=VALUE"),
    "variable without a name": (("plan", "--var", "=x"), "`=x` is not NAME=VALUE"),
    "argument too many": (("validate", "spec/shop.yaml"), "unexpected extra argument (spec/shop.yaml)"),
    "argument missing": (("migrate",), "Missing argument 'SQLITE_FILE'"),
    "option without its value": (("plan", "--file"), "Option '--file' requires an argument"),
    "nothing at all": ((), "Commands:"),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_a_usage_error_that_says_what_was_meant(shell: Shell, slip: str) -> None:
    shell.write(TOPIC)
    arguments, words = SLIPS[slip]
    ended = shell(*arguments)
    assert (ended.code, ended.stdout) == (Exit.USAGE, "")
    assert words in ended.stderr


def test_a_process_ends_with_the_code(shell: Shell) -> None:
    assert shell.process("plna").code == 64
    assert shell.process("validate").code == 1
    assert shell.process("--version").code == 0
