"""Validation of AWS names. The functions raise ValueError with a message for the user."""

from __future__ import annotations

import re

REGION = r"[a-z]{2,4}(?:-[a-z]+){1,3}-[0-9]{1,2}"
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]{1,512}")
_EXTERNAL_ID = re.compile(r"[A-Za-z0-9+=,.@:/_-]{2,1224}")
_TOPIC = re.compile(
    rf"arn:(?P<partition>aws[a-z-]*):sns:(?P<region>{REGION}):(?P<account>[0-9]{{12}})"
    r":[A-Za-z0-9_-]{1,256}"
)
_DOMAINS = {"aws-cn": "amazonaws.com.cn", "aws-eusc": "amazonaws.eu"}


def as_account(text: str) -> str:
    if re.fullmatch("[0-9]{12}", text) is None:
        raise ValueError("Enter the account as 12 digits")
    return text


def as_region(text: str) -> str:
    if re.fullmatch(REGION, text) is None:
        raise ValueError(f"{ascii(text)[:40]} is not a region, such as eu-central-1")
    return text


def as_role(text: str) -> str:
    if _ROLE.fullmatch(text) is None:
        raise ValueError("Enter the role as arn:aws:iam::<account>:role/<name>")
    return text


def as_external_id(text: str) -> str:
    if _EXTERNAL_ID.fullmatch(text) is None:
        raise ValueError("Enter an external ID of 2 to 1224 letters, digits and +=,.@:/_-")
    return text


def as_topic(text: str) -> str:
    if _TOPIC.fullmatch(text) is None:
        raise ValueError("Enter the topic as arn:aws:sns:<region>:<account>:<name>")
    return text


def topic_host(topic: str) -> str:
    """Return the host of SNS for ``topic``, or "" if it is not a valid topic."""
    match = _TOPIC.fullmatch(topic)
    if match is None:
        return ""
    return f"sns.{match['region']}.{_DOMAINS.get(match['partition'], 'amazonaws.com')}"
