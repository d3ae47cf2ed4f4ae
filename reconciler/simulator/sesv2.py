"""Amazon SES v2 as far as a stack needs it: identities, configuration sets, event destinations.

moto has the skeleton of the first two and nothing of the rest. Documents are stored as the Get call returns them and
every Put call is one line of a table, so a new option needs no code. moto still hears of identities and configuration
sets: its sending and its tagging API look there.
"""

from __future__ import annotations

import hashlib
from typing import Any

from reconciler.simulator.repair import declared_in, documents, held, repair
from reconciler.simulator.wire import ACCOUNT, Answer, Handler, Refusal, Request, written

Document = dict[str, Any]


def existing(request: Request, kind: str, name: str) -> Document:
    found: Document | None = documents(request, kind).get(name)
    if found is None:
        raise Refusal("NotFoundException", f"{kind} <{name}> does not exist.", 404)
    return found


def _refuse_second(request: Request, kind: str, name: str) -> None:
    if name in documents(request, kind):
        raise Refusal("AlreadyExistsException", f"{kind} <{name}> already exists.")


def without(params: Document, *names: str) -> Document:
    return {member: value for member, value in params.items() if member not in names}


# --- tags -----------------------------------------------------------------------------------------------------------


def _moto_arn(arn: str) -> str:
    return arn.replace(":identity/", ":email-identity/")


def tags_of(request: Request, resource: str) -> list[Document]:
    arn = f"arn:aws:ses:{request.region}:{ACCOUNT}:{resource}"
    tags: list[Document] = request.backend("ses").tagger.list_tags_for_resource(_moto_arn(arn))["Tags"]
    return tags


def set_tags(request: Request, resource: str) -> None:
    """The tags of a resource just created: those sent and no others."""
    tagger, arn = request.backend("ses").tagger, _moto_arn(f"arn:aws:ses:{request.region}:{ACCOUNT}:{resource}")
    tagger.delete_all_tags_for_resource(arn)
    tagger.tag_resource(arn, request.params.get("Tags", []))


@repair("sesv2:TagResource", "sesv2:UntagResource", "sesv2:ListTagsForResource", because="moto misnames identity ARNs")
def tagging(request: Request, below: Handler) -> Answer:
    tagger, arn = request.backend("ses").tagger, _moto_arn(request.params["ResourceArn"])
    tagger.tag_resource(arn, request.params.get("Tags", []))
    tagger.untag_resource_using_names(arn, request.params.get("TagKeys", []))
    return written(request, tagger.list_tags_for_resource(arn) if request.reads else {})


# --- identities -----------------------------------------------------------------------------------------------------


@repair("sesv2:CreateEmailIdentity", because="moto gives no DKIM tokens and accepts an identity twice")
def create_identity(request: Request, below: Handler) -> Answer:
    name = request.params["EmailIdentity"]
    _refuse_second(request, "identity", name)
    below(request)
    signing = request.params.get("DkimSigningAttributes", {})
    origin = "EXTERNAL" if "DomainSigningPrivateKey" in signing else "AWS_SES"
    documents(request, "identity")[name] = {
        "IdentityType": "EMAIL_ADDRESS" if "@" in name else "DOMAIN",
        "FeedbackForwardingStatus": True,
        "ConfigurationSetName": request.params.get("ConfigurationSetName"),
        "MailFromAttributes": {"BehaviorOnMxFailure": "USE_DEFAULT_VALUE"},
        "DkimAttributes": _dkim(name, origin, signing),
        "Policies": {},
    }
    set_tags(request, f"identity/{name}")
    return written(request, _identity(request, name, fresh=True))


def _dkim(name: str, origin: str, signing: Document) -> Document:
    attributes: Document = {"SigningEnabled": True, "SigningAttributesOrigin": origin}
    if "@" in name:
        return {"SigningEnabled": False, "Status": "NOT_STARTED"}
    if origin == "EXTERNAL":
        return {**attributes, "Tokens": [signing["DomainSigningSelector"]]}
    key_length = signing.get("NextSigningKeyLength", "RSA_2048_BIT")
    digests = (hashlib.sha256(f"{number}{name}".encode()).hexdigest()[:32] for number in range(3))
    attributes.update(Tokens=list(digests), NextSigningKeyLength=key_length, CurrentSigningKeyLength=key_length)
    return attributes


@repair("sesv2:GetEmailIdentity", because="moto answers an identity no one can verify")
def get_identity(request: Request, below: Handler) -> Answer:
    return written(request, _identity(request, request.params["EmailIdentity"]))


def _identity(request: Request, name: str, fresh: bool = False) -> Document:
    """The identity as SES shows it now: verified as soon as it is read, unless `timing` holds it."""
    document = existing(request, "identity", name)
    verified = not fresh and not held(request, f"identity/{name}")
    status = "SUCCESS" if verified else "PENDING"
    dkim = {"Status": status, **document["DkimAttributes"]}
    mail_from = document["MailFromAttributes"]
    if "MailFromDomain" in mail_from:
        mail_from = {**mail_from, "MailFromDomainStatus": status}
    seen = {"VerifiedForSendingStatus": verified, "VerificationStatus": status, "DkimAttributes": dkim}
    return {**document, **seen, "MailFromAttributes": mail_from, "Tags": tags_of(request, f"identity/{name}")}


@repair("sesv2:DeleteEmailIdentity", because="moto succeeds for an identity that does not exist")
def delete_identity(request: Request, below: Handler) -> Answer:
    name = request.params["EmailIdentity"]
    existing(request, "identity", name)
    del documents(request, "identity")[name]
    return below(request)


_FEATURES: dict[str, tuple[str, str]] = {
    "Feedback": ("FeedbackForwardingStatus", "EmailForwardingEnabled"),
    "ConfigurationSet": ("ConfigurationSetName", "ConfigurationSetName"),
}
"""Put call -> the member it sets and the parameter that holds the value; the rest are handled as whole structures."""


@repair("sesv2:PutEmailIdentity*", because="moto has none of the calls that change an identity")
def put_identity(request: Request, below: Handler) -> Answer:
    name, sent = request.params["EmailIdentity"], without(request.params, "EmailIdentity")
    document = existing(request, "identity", name)
    feature = request.operation.removeprefix("PutEmailIdentity").removesuffix("Attributes")
    if feature in _FEATURES:
        member, parameter = _FEATURES[feature]
        document[member] = sent.get(parameter, False if feature == "Feedback" else None)
    elif feature == "MailFrom":
        behavior = sent.get("BehaviorOnMxFailure", "USE_DEFAULT_VALUE")
        domain = {"MailFromDomain": sent["MailFromDomain"]} if sent.get("MailFromDomain") else {}
        document["MailFromAttributes"] = {"BehaviorOnMxFailure": behavior, **domain}
    elif feature == "Dkim":
        document["DkimAttributes"]["SigningEnabled"] = sent.get("SigningEnabled", False)
    elif feature == "DkimSigning":
        signing = sent.get("SigningAttributes", {})
        document["DkimAttributes"] = _dkim(name, sent["SigningAttributesOrigin"], signing)
    return written(request, {"DkimStatus": "PENDING", "DkimTokens": document["DkimAttributes"].get("Tokens", [])})


# --- configuration sets ---------------------------------------------------------------------------------------------


@repair("sesv2:CreateConfigurationSet", because="moto turns sending off and names the duplicate error wrongly")
def create_set(request: Request, below: Handler) -> Answer:
    name = request.params["ConfigurationSetName"]
    _refuse_second(request, "configuration-set", name)
    below(request)
    documents(request, "configuration-set")[name] = without(request.params, "Tags")
    set_tags(request, f"configuration-set/{name}")
    return written(request, {})


@repair("sesv2:GetConfigurationSet", because="moto shows SendingOptions wrongly and no default")
def get_set(request: Request, below: Handler) -> Answer:
    name = request.params["ConfigurationSetName"]
    defaults = {"SendingOptions": {"SendingEnabled": True}, "ReputationOptions": {"ReputationMetricsEnabled": False}}
    document = {**defaults, **existing(request, "configuration-set", name)}
    return written(request, {**document, "Tags": tags_of(request, f"configuration-set/{name}")})


@repair("sesv2:DeleteConfigurationSet", because="moto crashes on a set that does not exist")
def delete_set(request: Request, below: Handler) -> Answer:
    name = request.params["ConfigurationSetName"]
    existing(request, "configuration-set", name)
    del documents(request, "configuration-set")[name]
    documents(request, "destinations").pop(name, None)
    return below(request)


@repair("sesv2:PutConfigurationSet*Options", because="moto has none of the calls that change a configuration set")
def put_options(request: Request, below: Handler) -> Answer:
    document = existing(request, "configuration-set", request.params["ConfigurationSetName"])
    member = request.operation.removeprefix("PutConfigurationSet")
    value = request.params.get(member, without(request.params, "ConfigurationSetName"))
    document.pop(member, None)
    if value:
        document[member] = value
    return written(request, {})


@repair("sesv2:*ConfigurationSetEventDestination*", because="moto has no event destinations")
def event_destinations(request: Request, below: Handler) -> Answer:
    set_name, name = request.params["ConfigurationSetName"], request.params.get("EventDestinationName", "")
    existing(request, "configuration-set", set_name)
    destinations: dict[str, Document] = documents(request, "destinations").setdefault(set_name, {})
    if request.operation.startswith("Get"):
        return written(request, {"EventDestinations": list(destinations.values())})
    if request.operation.startswith("Create") == (name in destinations):
        wrong = "AlreadyExistsException" if name in destinations else "NotFoundException"
        raise Refusal(wrong, f"Event destination <{name}>: {wrong}", 400 if name in destinations else 404)
    destinations.pop(name, None)
    if not request.operation.startswith("Delete"):
        destinations[name] = {"Enabled": False, **request.params["EventDestination"], "Name": name}
    return written(request, {})


REPAIRS = declared_in(globals())
