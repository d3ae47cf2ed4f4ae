"""The one table that says what AWS's error codes mean. Kinds match no error strings.

Codes are the wire codes (`err.response["Error"]["Code"]`), which differ from boto3's exception class names and, in RDS
and EC2, from one API to the next. Never decides what to do about an error.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from reconciler.errors import (
    AlreadyExists,
    CallFailed,
    Conflict,
    Denied,
    Invalid,
    NotFound,
    NotYet,
    Throttled,
    Unavailable,
    Unimplemented,
)


@dataclass(frozen=True, slots=True)
class Row:
    """`code` matches whole; `message` is a fragment; the first matching row wins."""

    error: type[CallFailed]
    code: str
    message: str = ""
    service: str = ""

    def matches(self, service: str, code: str, message: str) -> bool:
        return (
            (not self.service or self.service == service)
            and re.fullmatch(self.code, code) is not None
            and self.message.lower() in message.lower()
        )


TABLE: tuple[Row, ...] = (
    Row(Unimplemented, "UnimplementedByEmulator|501"),
    Row(Unimplemented, "InternalFailure", "crashed the emulator"),
    # What moto's server answers for operations it does not know.
    Row(Unimplemented, "404|500", "<!doctype html"),
    Row(Unimplemented, "500", "Either the server is overloaded or there is an error in the application"),
    # --- not seen yet: made moments ago, or permissions still spreading ---------------------------------------------
    Row(NotYet, "MalformedPolicyDocument(Exception)?|MalformedPolicy", "invalid principal"),
    Row(NotYet, "InvalidParameterException", "verify that the ECS service role", "ecs"),
    Row(NotYet, "InvalidParameterException", "Unable to assume", "ecs"),
    Row(NotYet, "InvalidParameterException", "does not have an associated load balancer", "ecs"),
    Row(NotYet, "ClientException", "Role is not valid", "ecs"),
    Row(NotYet, "InvalidParameter", "Unable to assume given IAM role", "ec2"),
    Row(NotYet, "InvalidParameterValue", "IAM role ARN value is invalid or does not include", "rds"),
    Row(NotYet, "ValidationException", "execution role you provide must allow"),
    Row(NotYet, "ValidationException", "ECS service doesn't exist", "application-autoscaling"),
    Row(NotYet, "FailedResourceAccessException", "", "application-autoscaling"),
    Row(NotYet, "InvalidParameter", "PrincipalNotFound", "sns"),
    Row(NotYet, "InvalidArgument", "Unable to validate the following destination", "s3"),
    Row(NotYet, "AccessDeniedException", "cannot invoke the specified Lambda function", "secretsmanager"),
    Row(NotYet, "BadRequestException", "publish to SNS topic", "sesv2"),  # the topic's policy is still spreading
    Row(NotYet, "WAFUnavailableEntityException|WAFLogDestinationPermissionIssueException"),
    Row(NotYet, "WAFServiceLinkedRoleErrorException"),
    Row(NotYet, "InvalidViewerCertificate|InvalidOriginAccessControl|InvalidWebACLId", "", "cloudfront"),
    Row(NotYet, "ValidationError", "Invalid IAM Instance Profile", "autoscaling"),
    Row(NotYet, "ValidationError", "valid fully-formed launch template", "autoscaling"),
    Row(NotYet, "CertificateNotFound|UnsupportedCertificate", "", "elbv2"),
    Row(NotYet, "InvalidChangeBatch", "target was not found", "route53"),
    # --- absent -----------------------------------------------------------------------------------------------------
    Row(NotFound, "ClientException", "Unable to describe task definition", "ecs"),
    Row(NotFound, "ValidationError", "not found", "elbv2"),
    Row(NotFound, "ValidationError", "name not found", "autoscaling"),
    Row(NotFound, "MethodNotAllowed|UnsupportedArgument", "", "s3"),
    Row(NotFound, "TemplateDoesNotExist(Exception)?|ConfigurationSetDoesNotExist(Exception)?"),
    Row(
        NotFound,
        r"NoSuch\w*|404|NotFound|\w*NotFound(Exception|Fault|Error|_Exception)?|\w+\.NotFound|InvalidRoute\.NotFound",
    ),
    Row(NotFound, "WAFNonexistentItemException"),
    Row(NotFound, r"Gateway\.NotAttached|InvalidLaunchTemplate\w+\.\w*NotFound\w*"),
    Row(NotFound, "InvalidRequestException", "not found", "xray"),
    Row(NotFound, "InvalidRequestException", "does not exist", "xray"),
    Row(NotFound, "InvalidResourceId", "", "ssm"),
    Row(NotFound, "ValidationException", "No scaling policy", "application-autoscaling"),
    Row(NotFound, "ValidationException", "No scalable target", "application-autoscaling"),
    # --- taken ------------------------------------------------------------------------------------------------------
    Row(Conflict, "InvalidRequestException", "scheduled for deletion", "secretsmanager"),
    Row(Conflict, "InvalidRequestException", "in progress", "secretsmanager"),
    Row(Conflict, "EntityTemporarilyUnmodifiable", "", "iam"),
    Row(Invalid, "BucketAlreadyExists", "", "s3"),  # somebody else's: names are shared by all accounts
    Row(Invalid, "CNAMEAlreadyExists", "", "cloudfront"),  # another distribution's, maybe of another account
    Row(AlreadyExists, "WAFDuplicateItemException|WafV2DuplicateItem"),  # the latter is moto's
    Row(
        AlreadyExists,
        r"\w*AlreadyExists(Exception|Fault)?|EntityAlreadyExists|BucketAlreadyOwnedByYou|ResourceExistsException",
    ),
    Row(
        AlreadyExists,
        r"Duplicate\w*(Name|Exception|Listener)|\w*\.Duplicate|RouteAlreadyExists|NetworkAclEntryAlreadyExists",
    ),
    Row(AlreadyExists, r"Resource\.AlreadyAssociated|DBProxyTargetAlreadyRegisteredFault"),
    Row(AlreadyExists, r"InvalidLaunchTemplateName\.AlreadyExistsException"),
    Row(AlreadyExists, "InvalidChangeBatch", "but it already exists", "route53"),
    Row(AlreadyExists, "InvalidParameterException", "not idempotent", "ecs"),
    Row(AlreadyExists, "InvalidParameterException|ClientException", "already exists", "ecs"),
    Row(AlreadyExists, "InvalidRequestException", "already exists", "xray"),
    # --- busy, or still used ----------------------------------------------------------------------------------------
    # An address of a NAT gateway that is still going.
    Row(Conflict, r"InvalidIPAddress\.InUse"),
    Row(Conflict, "AuthFailure", "do not have permission to access the specified resource", "ec2"),
    Row(Conflict, r"InvalidSubnet\.Conflict"),  # of a replaced subnet whose range lingers
    Row(Conflict, "DependencyViolation|DeleteConflict|InvalidGroup\\.InUse|\\w*InUse(Exception|Fault)?|BucketNotEmpty"),
    Row(Conflict, "ScalingActivityInProgress|ResourceContention|InstanceRefreshInProgress", "", "autoscaling"),
    Row(Conflict, "KMSInvalidStateException|DisabledException", "", "kms"),  # just woken, or being deleted
    Row(Conflict, r"OperationAborted(Exception)?|PriorRequestNotComplete|UpdateInProgressException|Concurrent\w+"),
    Row(Conflict, r"InvalidDB\w*State(Fault)?|InvalidDBInstanceState|Invalid\w*StateFault|IncorrectState"),
    Row(Conflict, "ResourceConflict", "", "cloudwatch"),  # a composite alarm that another one's rule names
    Row(Conflict, "ValidationException", "has targets", "events"),
    Row(Conflict, "InvalidChangeBatch", "but it was not found", "route53"),  # changed by somebody since the last look
    Row(Conflict, "InvalidChangeBatch", "do not match the current values", "route53"),
    Row(Conflict, "HealthCheckVersionMismatch", "", "route53"),
    Row(Conflict, "RequestInProgressException|InvalidStateException", "", "acm"),
    Row(Conflict, "InvalidIfMatchVersion|DistributionNotDisabled", "", "cloudfront"),
    Row(Conflict, r"ClusterContains\w+|ServiceNotActiveException|WAFOptimisticLockException|PreconditionFailed"),
    Row(Conflict, "WAFAssociatedItemException"),
    Row(Conflict, "InvalidParameterException", "cannot be stopped while deployments are active", "ecs"),
    Row(Conflict, "InvalidParameterException", "while the service is draining", "ecs"),
    Row(Conflict, "ClientException", "Too many concurrent attempts", "ecs"),
    Row(Conflict, r"RESOURCE:\w+|RESOURCE|AGENT|CAPACITY", "", "ecs"),  # a task that finds no room, now
    Row(Conflict, "TooManyUpdates", "", "ssm"),
    # --- too fast, not allowed, broken ------------------------------------------------------------------------------
    Row(
        Throttled,
        r"Throttl\w*|RequestLimitExceeded|TooManyRequests\w*|SlowDown|RequestThrottled\w*|BandwidthLimitExceeded",
    ),
    Row(Denied, r"AccessDenied\w*|UnauthorizedOperation|AuthFailure|NotAuthorized\w*|AuthorizationError\w*|403"),
    Row(
        Denied,
        r"ExpiredToken\w*|InvalidClientTokenId|UnrecognizedClientException|InvalidAccessKeyId|SignatureDoesNotMatch",
    ),
    Row(
        Unavailable,
        r"5\d\d|InternalError|InternalFailure|InternalServerError|InternalServiceError|ServiceUnavailable\w*|Unavailable|RequestTimeout\w*",
    ),
    Row(Unavailable, "ServerException", "", "ecs"),
    Row(Unavailable, "KMSInternalException|DependencyTimeoutException", "", "kms"),
)


def classify(service: str, code: str, message: str, status: int) -> type[CallFailed]:
    """The class of an error AWS answered with; an unknown 4xx is Invalid, an unknown 5xx Unavailable."""
    for row in TABLE:
        if row.matches(service, code, message):
            return row.error
    return Unavailable if status >= 500 else Invalid
