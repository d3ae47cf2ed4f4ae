"""Amazon SES v2 beside its identities and sets: policies of identities, templates, sending, the account.

moto has none of it. Templates are kept where moto's first SES API keeps its own: in AWS they are the same objects. It
sends nothing.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

from reconciler.simulator.repair import declared_in, documents, held, repair
from reconciler.simulator.sesv2 import existing, set_tags, tags_of, without
from reconciler.simulator.wire import Answer, Handler, Refusal, Request, written

Document = dict[str, Any]


# --- policies of identities -----------------------------------------------------------------------------------------


@repair("sesv2:*EmailIdentityPolic*", because="moto has no policies of identities")
def identity_policies(request: Request, below: Handler) -> Answer:
    policies: dict[str, str] = existing(request, "identity", request.params["EmailIdentity"])["Policies"]
    if request.reads:
        return written(request, {"Policies": policies})
    name = request.params["PolicyName"]
    if request.operation.startswith("Create") and name in policies:
        raise Refusal("AlreadyExistsException", f"Policy <{name}> already exists.")
    if request.operation.startswith("Update") and name not in policies:
        raise Refusal("NotFoundException", f"Policy <{name}> does not exist.", 404)
    policies.pop(name, None)
    if not request.operation.startswith("Delete"):
        policies[name] = request.params["Policy"]
    return written(request, {})


# --- templates, sending ---------------------------------------------------------------------------------------------

_PARTS = {"Subject": "subject_part", "Text": "text_part", "Html": "html_part"}
"""Member of a template's content -> what moto calls it."""


def _templates(request: Request) -> dict[str, Document]:
    found: dict[str, Document] = request.backend("ses").templates
    return found


def _template(request: Request, name: str) -> Document:
    if name not in _templates(request):
        raise Refusal("NotFoundException", f"Template {name} doesn't exist.", 404)
    return _templates(request)[name]


def _content(stored: Document) -> dict[str, str]:
    return {part: stored[name] for part, name in _PARTS.items() if stored.get(name)}


@repair("sesv2:*EmailTemplate", because="moto has no e-mail templates in the second API")
def template(request: Request, below: Handler) -> Answer:
    verb, name = request.operation[:6], request.params["TemplateName"]
    if verb == "Create":
        if name in _templates(request):
            raise Refusal("AlreadyExistsException", f"Template {name} already exists.")
        set_tags(request, f"template/{name}")
    else:
        _template(request, name)
    if request.reads:
        content = _content(_template(request, name))
        return written(
            request, {"TemplateName": name, "TemplateContent": content, "Tags": tags_of(request, f"template/{name}")}
        )
    old = _templates(request).pop(name, {"Timestamp": datetime.now(UTC)})
    if verb != "Delete":
        sent = request.params["TemplateContent"]
        parts = {stored: sent.get(part) for part, stored in _PARTS.items()}
        _templates(request)[name] = {"template_name": name, "Timestamp": old["Timestamp"], **parts}
    return written(request, {})


@repair("sesv2:ListEmailTemplates", because="moto has no e-mail templates in the second API")
def list_templates(request: Request, below: Handler) -> Answer:
    listed = [
        {"TemplateName": name, "CreatedTimestamp": stored["Timestamp"]} for name, stored in _templates(request).items()
    ]
    return written(request, {"TemplatesMetadata": listed})


@repair("sesv2:SendEmail", because="moto sends no templates")
def send_email(request: Request, below: Handler) -> Answer:
    sent = json.loads(request.body)
    wanted = sent["Content"].get("Template")
    if not wanted or "TemplateName" not in wanted:
        return below(request)
    content = _content(_template(request, wanted["TemplateName"]))
    values = json.loads(wanted.get("TemplateData") or "{}")

    def rendered(part: str) -> Document:
        text = re.sub(r"{{\s*(\w+)\s*}}", lambda found: str(values.get(found[1], "")), content.get(part, ""))
        return {"Data": text}

    body = {part: rendered(part) for part in ("Text", "Html") if part in content}
    sent["Content"] = {"Simple": {"Subject": rendered("Subject"), "Body": body}}
    return below(request.with_body(json.dumps(sent).encode()))


# --- the account ----------------------------------------------------------------------------------------------------

_QUOTAS = {
    True: {"Max24HourSend": 50000.0, "MaxSendRate": 14.0, "SentLast24Hours": 0.0},
    False: {"Max24HourSend": 200.0, "MaxSendRate": 1.0, "SentLast24Hours": 0.0},
}
"""In production, and in the sandbox."""
_HELD_WHOLE = {"Suppression": "SuppressionAttributes", "Vdm": "VdmAttributes"}


def in_production(request: Request) -> bool:
    """A simulated account is, until a PutAccountDetails says otherwise: asking for production waits for `timing`."""
    settings = documents(request, "account", "sesv2")
    wanted = settings.get("wanted", True)
    return bool(wanted) and not held(request, f"review/{settings.get('Details', {}).get('MailType')}", "sesv2")


@repair("sesv2:GetAccount", because="moto does not know the account's SES")
def account(request: Request, below: Handler) -> Answer:
    settings, production = documents(request, "account"), in_production(request)
    state: Document = {
        "ProductionAccessEnabled": production,
        "SendingEnabled": True,
        "EnforcementStatus": "HEALTHY",
        "DedicatedIpAutoWarmupEnabled": True,
        "SendQuota": _QUOTAS[production],
        "SuppressionAttributes": {"SuppressedReasons": []},
    }
    shown = {**state, **without(settings, "wanted")}
    if settings.get("wanted"):
        review = {"Status": "GRANTED" if production else "PENDING", "CaseId": "1"}
        shown["Details"] = {**settings["Details"], "ReviewDetails": review}
    return written(request, shown)


@repair("sesv2:PutAccount*", because="moto has none of the calls that change the account's SES")
def put_account(request: Request, below: Handler) -> Answer:
    settings, sent = documents(request, "account"), request.params
    group = request.operation.removeprefix("PutAccount").removesuffix("Attributes")
    if group == "Details":
        settings["wanted"] = sent.get("ProductionAccessEnabled", False)
        settings["Details"] = without(sent, "ProductionAccessEnabled")
    elif group == "DedicatedIpWarmup":
        settings["DedicatedIpAutoWarmupEnabled"] = sent.get("AutoWarmupEnabled", False)
    elif group == "Sending":
        settings["SendingEnabled"] = sent.get("SendingEnabled", False)
    else:
        member = _HELD_WHOLE[group]
        settings[member] = sent.get(member, sent)
    return written(request, {})


REPAIRS = declared_in(globals())
