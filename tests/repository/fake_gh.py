"""A `gh` for tests: `gh api` on the comments and issues of one repository, kept in a JSON file; jq is the real one.

Run as a program by the scripts of the workflows, with FAKE_GH_STATE naming the file. It knows only what they call, and
fails on anything else. It never reaches a network.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

REPOSITORY = "repos/acme/infra"
BOT = "github-actions[bot]"


def main(arguments: list[str]) -> int:
    """Carry out one call; 1 and a message for a call GitHub would refuse."""
    store = Path(os.environ["FAKE_GH_STATE"])
    state: dict[str, Any] = json.loads(store.read_text())
    state["calls"].append(" ".join(arguments[:2]))
    if arguments[:2] == ["label", "create"]:
        assert "--force" in arguments, "without --force the second run fails"
        state["labels"].append(arguments[2])
        answer: Any = None
    else:
        assert arguments[0] == "api", arguments
        answer = api(state, Request(arguments[1:]))
    store.write_text(json.dumps(state))
    return show(answer, arguments)


class Request:
    """The parsed arguments of `gh api`."""

    def __init__(self, arguments: list[str]) -> None:
        self.method = "GET"
        self.fields: dict[str, Any] = {}
        rest = list(arguments)
        while rest:
            word = rest.pop(0)
            if word == "--method":
                self.method = rest.pop(0)
            elif word == "--field":
                self._add_field(rest.pop(0))
            elif word == "--jq":
                rest.pop(0)
            elif word not in ("--paginate", "--silent"):
                url = urlsplit(word)
        self.path = url.path.removeprefix(REPOSITORY + "/").split("/")
        self.query = {name: values[0] for name, values in parse_qs(url.query).items()}
        assert url.path.startswith(REPOSITORY), url.path

    def _add_field(self, text: str) -> None:
        name, _, value = text.partition("=")
        value = Path(value[1:]).read_text() if value.startswith("@") else value
        if name.endswith("[]"):
            self.fields.setdefault(name[:-2], []).append(value)
        else:
            self.fields[name] = value


def api(state: dict[str, Any], request: Request) -> Any:  # noqa: PLR0911 - one line for each call
    """The answer of GitHub's REST API to one request on issues or their comments."""
    match [request.method, *request.path]:
        case ["GET", "issues"]:
            return [issue for issue in state["issues"] if matches(issue, request.query)]
        case ["GET", "issues", number]:
            return one(state["issues"], "number", number)
        case ["POST", "issues"]:
            return add(state["issues"], "number", {**request.fields, "state": "open", "user": {"login": BOT}})
        case ["PATCH", "issues", "comments", key]:
            return change(one(state["comments"], "id", key), request.fields)
        case ["PATCH", "issues", number]:
            return change(one(state["issues"], "number", number), request.fields)
        case ["GET", "issues", number, "comments"]:
            return [comment for comment in state["comments"] if comment["issue"] == int(number)]
        case ["POST", "issues", number, "comments"]:
            return add(state["comments"], "id", {**request.fields, "issue": int(number), "user": {"login": BOT}})
    raise AssertionError(f"not a call the workflows make: {request.method} {request.path}")


def matches(issue: dict[str, Any], query: dict[str, str]) -> bool:
    """Does the issue have the state and the label that were asked for?"""
    return issue["state"] == query["state"] and query["labels"] in issue["labels"]


def one(items: list[dict[str, Any]], key: str, value: str) -> dict[str, Any]:
    """The item with that key."""
    return next(item for item in items if item[key] == int(value))


def add(items: list[dict[str, Any]], key: str, item: dict[str, Any]) -> dict[str, Any]:
    """Append with the next number; bodies are kept as GitHub does, with CRLF."""
    item[key] = 1 + max((other[key] for other in items), default=100)
    items.append(item)
    return change(item, {})


def change(item: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
    """Set the fields."""
    item.update(fields)
    item["body"] = item["body"].replace("\r\n", "\n").replace("\n", "\r\n").strip()
    return item


def show(answer: Any, arguments: list[str]) -> int:
    """Print the answer through jq where `--jq` asks for it."""
    if answer is None or "--silent" in arguments:
        return 0
    if "--jq" not in arguments:
        sys.stdout.write(json.dumps(answer))
        return 0
    expression = arguments[arguments.index("--jq") + 1]
    return subprocess.run(["jq", "-r", expression], input=json.dumps(answer), text=True, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
