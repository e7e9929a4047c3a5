"""AWS ECR's API: signed POST requests with JSON 1.1, and errors identified by a code.

https://docs.aws.amazon.com/AmazonECR/latest/APIReference/
"""

from __future__ import annotations

import base64
import json
import re
from typing import Any
from urllib.parse import parse_qs

from tests.fakes.http_server import Reply, Request
from tests.fakes.replies import answer
from tests.fakes.vendors.fault import Fault
from tests.fakes.vendors.vendor import FIRST_REPOSITORY, Image, Vendor

ACCOUNT, REGION = "123456789012", "eu-central-1"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
_TARGET = "AmazonEC2ContainerRegistry_V20150921."
_SIGNED = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/]+)/\d{8}/(?P<region>[^/]+)/(?P<service>[^/]+)"
    r"/aws4_request, SignedHeaders=(?P<headers>[^,]+), Signature=[0-9a-f]{64}"
)
_SECRET_OF_ROLE = "secret-of-the-role"
_PUSHED_AT = 1_700_000_000.25


class ECR(Vendor):
    """A fake with archived tags, which are listed only if any status is requested.

    ``role`` can be assumed at STS. ``artifacts`` is the artifactMediaType of some digests.
    """

    slug = "ecr"
    routes = (("POST", r"/", "operation"),)
    username = "AKIAIOSFODNN7EXAMPLE"
    page_most = 1000
    knows_status = True

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.archived: set[tuple[str, str]] = set()
        self.artifacts: dict[str, str] = {}
        self.role = ""
        self.external_id = ""
        self.role_number = 0
        self.role_is_valid = True

    @property
    def options(self) -> dict[str, str | tuple[str, ...]]:
        url = self.server.url
        return {"api_url": url, "sts_url": url, "registry_id": ACCOUNT, "region": REGION}

    def operation(self, request: Request) -> Reply:
        if request.headers.get("x-amz-target") is None:
            return self._assume_role(request)
        operation = request.headers["x-amz-target"].removeprefix(_TARGET)
        parameters = json.loads(request.body)
        self.asked.append((operation, parameters))
        if refusal := self._login_refusal(request):
            return refusal
        if parameters.get("registryId") != ACCOUNT:
            return aws_error("InvalidParameterException", "no such registry")
        handlers = {
            "DescribeRepositories": self._repositories,
            "DescribeImages": self._images,
        }
        return handlers[operation](parameters)

    def throttled(self, request: Request) -> Reply:
        return aws_error("ThrottlingException", "Rate exceeded")

    def _login_refusal(self, request: Request) -> Reply | None:
        match = _SIGNED.fullmatch(request.authorization or "")
        if match is None or (match["region"], match["service"]) != (REGION, "ecr"):
            return aws_error("IncompleteSignatureException", "not signed for this")
        if Fault.WRONG_LOGIN in self.faults:
            said = "The security token included in the request is invalid."
            if Fault.ECHO in self.faults:
                known = _SECRET_OF_ROLE if self.role else self.secret
                said = f"{request.headers} and {known}"
            return aws_error("UnrecognizedClientException", said)
        if len(self.asked) > 3 and self.take(Fault.EXPIRED_LOGIN):
            return aws_error(
                "InvalidSignatureException",
                "Signature expired: 20240101T000000Z is now earlier than 20240101T000500Z",
            )
        if self.role:
            return self._role_refusal(request, match["key"])
        return None if match["key"] == self.username else aws_error("UnrecognizedClientException")

    def _role_refusal(self, request: Request, key: str) -> Reply | None:
        token = request.headers.get("x-amz-security-token")
        if key != f"ASIA{self.role_number:016d}" or token != f"token-{self.role_number}":
            return aws_error("UnrecognizedClientException", "not the keys of the role")
        if not self.role_is_valid:
            return aws_error("ExpiredTokenException", "The security token included is expired")
        return None

    def _assume_role(self, request: Request) -> Reply:
        asked = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        external = asked.get("ExternalId", "")
        if asked.get("RoleArn") != self.role or external != self.external_id:
            return sts_error("AccessDenied", "User is not authorized to perform: sts:AssumeRole")
        self.role_number += 1
        self.role_is_valid = True
        return answer(
            200,
            f"""<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
              <AssumeRoleResult><Credentials>
                <AccessKeyId>ASIA{self.role_number:016d}</AccessKeyId>
                <SecretAccessKey>{_SECRET_OF_ROLE}</SecretAccessKey>
                <SessionToken>token-{self.role_number}</SessionToken>
                <Expiration>2099-01-01T00:00:00Z</Expiration>
              </Credentials></AssumeRoleResult></AssumeRoleResponse>""".encode(),
            {"Content-Type": "text/xml"},
        )

    def _repositories(self, parameters: dict[str, Any]) -> Reply:
        if Fault.CATALOG_DENIED in self.faults:
            return denied("ecr:DescribeRepositories")
        rows = [
            {"repositoryName": name, "registryId": ACCOUNT, "createdAt": _PUSHED_AT}
            for name in sorted(self.content)
        ]
        return self._page(parameters, "repositories", rows)

    def _images(self, parameters: dict[str, Any]) -> Reply:
        name = parameters["repositoryName"]
        if name == FIRST_REPOSITORY and Fault.REPOSITORY_DENIED in self.faults:
            return denied("ecr:DescribeImages")
        is_renamed = name == FIRST_REPOSITORY and Fault.RENAMED in self.faults
        if is_renamed or name not in self.content:
            return aws_error("RepositoryNotFoundException", f"no repository named {name!r}")
        status = parameters.get("filter", {}).get("imageStatus")
        if status and not self.knows_status:
            return aws_error("InvalidParameterException", "unknown filter")
        rows = self._rows(name, is_any=status == "ANY")
        if "imageIds" in parameters:
            return _named(rows, [one["imageTag"] for one in parameters["imageIds"]])
        self.drift(name)
        return self._page(parameters, "imageDetails", rows)

    def _rows(self, repository: str, *, is_any: bool) -> list[dict[str, Any]]:
        """Return a row for each digest, with all its tags."""
        rows: dict[str, dict[str, Any]] = {}
        for tag, image in self.content[repository].items():
            if (repository, tag) in self.archived and not is_any:
                continue
            rows.setdefault(image.digest, self._row(repository, image))["imageTags"].append(tag)
        return list(rows.values())

    def _row(self, repository: str, image: Image) -> dict[str, Any]:
        return {
            "registryId": ACCOUNT,
            "repositoryName": repository,
            "imageDigest": image.digest,
            "imageTags": [],
            "imageSizeInBytes": image.size,
            "imagePushedAt": _PUSHED_AT,
            "imageManifestMediaType": OCI_MANIFEST,
            "artifactMediaType": self.artifacts.get(image.digest, OCI_CONFIG),
        }

    def _page(self, parameters: dict[str, Any], key: str, rows: list[Any]) -> Reply:
        asked = parameters.get("maxResults", 100)
        most = 100 if Fault.PAGE_SIZE_REFUSED in self.faults else self.page_most
        if asked > most:
            return aws_error(
                "InvalidParameterException",
                f"Value '{asked}' at 'maxResults' failed to satisfy constraint: Member must have "
                f"value less than or equal to {most}",
            )
        token = parameters.get("nextToken", "")
        if token and self.take(Fault.LOST_CURSOR):
            return aws_error("InvalidParameterException", "Invalid parameter: nextToken")
        start = int(base64.b64decode(token)) if token else 0
        if Fault.ENDLESS in self.faults:
            start = min(start, 1)
        size = 1 if Fault.SHORT_PAGES in self.faults else asked
        document: dict[str, Any] = {key: rows[start : start + size]}
        if start + size < len(rows):
            document["nextToken"] = base64.b64encode(str(start + size).encode()).decode()
        return aws_answer(document)


def aws_answer(document: dict[str, Any], status: int = 200) -> Reply:
    headers = {"Content-Type": "application/x-amz-json-1.1", "x-amzn-RequestId": "a-1"}
    return answer(status, json.dumps(document).encode(), headers)


def aws_error(code: str, message: str = "as the test asked") -> Reply:
    return aws_answer({"__type": code, "message": message}, 400)


def sts_error(code: str, message: str, status: int = 403) -> Reply:
    body = f"<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return answer(status, f"{body}</ErrorResponse>".encode(), {"Content-Type": "text/xml"})


def denied(action: str) -> Reply:
    return aws_error(
        "AccessDeniedException",
        f"User: arn:aws:iam::{ACCOUNT}:user/reader is not authorized to perform: {action} on "
        f"resource: arn:aws:ecr:{REGION}:{ACCOUNT}:repository/* because no identity-based policy "
        f"allows the {action} action",
    )


def _named(rows: list[dict[str, Any]], tags: list[str]) -> Reply:
    """Return all images or, if one is missing, an error for all."""
    found = []
    for tag in tags:
        row = next((row for row in rows if tag in row["imageTags"]), None)
        if row is None:
            return aws_error(
                "ImageNotFoundException",
                f"The image with imageId {{imageDigest:'null', imageTag:'{tag}'}} does not exist",
            )
        found.append(row)
    return aws_answer({"imageDetails": found})
