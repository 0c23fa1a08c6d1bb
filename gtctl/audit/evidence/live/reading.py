"""Calls AWS for the collectors: all pages, several calls at once, and what cannot be read told as a reason."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeVar

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError

from gtctl import aws
from gtctl.audit.evidence.live.failures import Failure, code_of, failure, is_expiry
from gtctl.audit.evidence.live.permissions import CALLS, Call
from gtctl.audit.model import Hole, Location, Resource, Unknown, Unread
from gtctl.audit.outcome import Gap
from gtctl.errors import EnvironmentFailed

T = TypeVar("T")
R = TypeVar("R")

_GLOBAL = ("iam", "s3", "s3control")
"""Services whose names are no Region's."""
# Type -> beginning of the ARNs of its kind: what is not read can only be something that is named so.
_ARNS = {
    "aws_cloudwatch_log_group": "arn:{partition}:logs:{region}:{account}:log-group:",
    "aws_cognito_user_pool": "arn:{partition}:cognito-idp:{region}:{account}:userpool/",
    "aws_kms_alias": "arn:{partition}:kms:{region}:{account}:alias/",
    "aws_kms_key": "arn:{partition}:kms:{region}:{account}:key/",
    "aws_s3_bucket": "arn:{partition}:s3:::",
    "aws_sagemaker_workteam": "arn:{partition}:sagemaker:{region}:{account}:workteam/private-crowd/",
    "aws_sns_topic": "arn:{partition}:sns:{region}:{account}:",
}


class NotRead(Exception):
    """Something could not be read; the text is the reason, in words that end a sentence."""


class Reader:
    """The account as one principal sees it. Clients are made once for each service and Region.

    account, partition: whose it is, and where. principal: ARN of who asks, without the name of a session. home: the
    Region that is asked about what belongs to none. workers: how many calls at once. calls: what may be called.
    requests: calls so far, by ``service:Operation``. Raises EnvironmentFailed where the credentials are good for
    nothing.
    """

    def __init__(self, regions: Sequence[str], workers: int, calls: Mapping[str, Call] = CALLS) -> None:
        self.requests: Counter[str] = Counter()
        self.workers = workers
        self._calls = calls
        self._gaps: dict[tuple[str, str, str], tuple[Gap, int]] = {}
        self._session = aws.session(regions[0])
        self._clients: dict[tuple[str, str], Any] = {}
        self._lost: dict[tuple[str, str], Failure] = {}
        self._lock = threading.RLock()
        self._pool = ThreadPoolExecutor(workers, "gtctl-live")
        self.account, self.partition = "", "aws"
        self.home, identity = self._identity(regions)
        self.account = identity["Account"]
        self.partition = identity["Arn"].split(":")[1]
        self.principal = _without_session(identity["Arn"])

    def _identity(self, regions: Sequence[str]) -> tuple[str, dict[str, Any]]:
        """Who asks, and the first Region that says so: one that is switched off knows nobody."""
        for region in regions[:-1]:
            with suppress(EnvironmentFailed):
                return region, self.call("sts:GetCallerIdentity", region)
        return regions[-1], self.call("sts:GetCallerIdentity", regions[-1])

    def call(self, name: str, region: str, *, on: str = "", absent: str = "", **arguments: Any) -> dict[str, Any]:
        """The answer to one call.

        on: the ARN of what is asked about. absent: the error code that says that there is nothing to tell, for which
        the answer is empty. Raises NotRead.
        """

        def ask(client: Any) -> dict[str, Any]:
            try:
                answer: dict[str, Any] = getattr(client, xform_name(self._calls[name].operation))(**arguments)
            except ClientError as error:
                if not absent or code_of(error) != absent:
                    raise
                return {}
            return answer

        answer: dict[str, Any] = self._answer(self._calls[name], region, on, ask)
        return answer

    def pages(self, name: str, region: str, *, on: str = "", **arguments: Any) -> Iterator[dict[str, Any]]:
        """The answers to a listing, page by page. Raises NotRead."""
        call = self._calls[name]
        config = {"PageSize": call.page} if call.page else {}
        found: list[Iterator[dict[str, Any]]] = []

        def next_page(client: Any) -> dict[str, Any] | None:
            if not found:
                paginator = client.get_paginator(xform_name(call.operation))
                found.append(iter(paginator.paginate(**arguments, PaginationConfig=config)))
            return next(found[0], None)

        while (page := self._answer(call, region, on, next_page)) is not None:
            yield page
        # The last look finds that there are no more pages, without a call.
        self._count(call, -1)

    def listed(
        self,
        name: str,
        region: str,
        key: str,
        *types: str,
        on: str = "",
        of: tuple[str, Mapping[str, Any]] = ("*", {}),
        **arguments: Any,
    ) -> tuple[list[Any], list[Resource]]:
        """The entries at ``key`` of all pages; and, where they could not all be read, what stands in for the rest.

        types: the types of the resources that the entries become. of: the name and what is known of the stand-ins.
        """
        entries: list[Any] = []
        try:
            for page in self.pages(name, region, on=on, **arguments):
                entries += page.get(key) or ()
        except NotRead as reason:
            where = "" if self._calls[name].service in _GLOBAL else region
            return entries, [self.stand_in(type_, str(reason), where, *of) for type_ in types]
        return entries, []

    def map(self, function: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """``function`` of each item, several at once, in the order of the items. No ``function`` may call it again."""
        return list(self._pool.map(function, items))

    def submit(self, function: Callable[..., R], *arguments: Any) -> Future[R]:
        """The answer of ``function`` to come. As with ``map``, no ``function`` may call it again."""
        return self._pool.submit(function, *arguments)

    def close(self) -> None:
        """Let the threads go: what has not been asked yet is not asked any more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _answer(self, call: Call, region: str, on: str, ask: Callable[[Any], Any]) -> Any:
        service = (call.service, region)
        if lost := self._lost.get(service):
            raise NotRead(self._noted(lost, call, region))
        self._count(call, 1)
        try:
            return ask(self._client(*service))
        except (ClientError, BotoCoreError) as error:
            if not call.action:
                raise EnvironmentFailed(aws.explain(error)) from error
            if is_expiry(error):
                why = "the AWS credentials ended: renew them and start again"
                raise EnvironmentFailed(why) from error
            resource = on or call.resource.format(partition=self.partition, region=region, account=self.account)
            found = failure(error, call, resource, region)
            if found.lasting:
                # Every other call would take as many attempts to say the same.
                self._lost[service] = found
            raise NotRead(self._noted(found, call, region)) from error

    def _client(self, service: str, region: str) -> Any:
        with self._lock:
            if (service, region) not in self._clients:
                self._clients[service, region] = aws.client(
                    service, region, within=self._session, max_pool_connections=max(10, 2 * self.workers)
                )
            return self._clients[service, region]

    def _count(self, call: Call, number: int) -> None:
        with self._lock:
            self.requests[call.key] += number

    # Gaps

    @property
    def gaps(self) -> list[Gap]:
        """What could not be read so far, one entry for each kind of thing, reason and Region."""
        with self._lock:
            found = list(self._gaps.values())
        return [replace(gap, why=f"{gap.why} (and {more} more)") if more else gap for gap, more in found]

    def note(self, gap: Gap, kind: str = "") -> None:
        """Keep ``gap``; of those of one kind the first, and how many there are."""
        key = (gap.what, kind or gap.why, gap.region)
        with self._lock:
            first, more = self._gaps.get(key, (gap, -1))
            self._gaps[key] = (first, more + 1)

    def _noted(self, found: Failure, call: Call, region: str) -> str:
        where = "" if call.service in _GLOBAL else region
        gap = Gap(what=call.reads, why=found.why, permission=found.permission, account=self.account, region=where)
        self.note(gap, found.kind)
        return found.why

    # Resources

    def resource(
        self, type_: str, name: str, attributes: Mapping[str, Any], arn: str, region: str = "", *, when: str = ""
    ) -> Resource:
        """Something that is there. ``region`` where its name is one of a Region; ``when`` as Resource has it."""
        address = f'{type_}.{name}["{region}"]' if region else f"{type_}.{name}"
        if region and not isinstance(attributes, Unread):
            attributes = {"region": region, **attributes}
        return Resource(type_, address, attributes, "live", Location(arn), when=(when,) if when else ())

    def unread(
        self, type_: str, name: str, known: Mapping[str, Any], reason: NotRead | str, arn: str, region: str = ""
    ) -> Resource:
        """Something of which ``known`` is all that could be read."""
        if region:
            known = {"region": region, **known}
        return self.resource(type_, name, Unread(str(reason), known), arn, region)

    def unread_if_any(
        self, type_: str, name: str, known: Mapping[str, Any], reason: NotRead | str, arn: str, region: str = ""
    ) -> Resource:
        """Something of which could not even be read whether it is there."""
        found = self.unread(type_, name, known, reason, arn, region)
        return replace(found, when=(f"what was not read, because {reason}",))

    def stand_in(
        self, type_: str, reason: str, region: str = "", name: str = "*", known: Mapping[str, Any] | None = None
    ) -> Resource:
        """What stands for all of a type that could not be listed."""
        known = dict(known or {})
        if beginning := _ARNS.get(type_):
            text = beginning.format(partition=self.partition, region=region, account=self.account)
            known["arn"] = Unknown(reason, (text, Hole()), nullable=False)
        place = "/".join(part for part in (self.account, region, type_) if part)
        return self.unread_if_any(type_, name, known, reason, f"aws://{place}", region)


def _without_session(arn: str) -> str:
    """The ARN of a caller without the name that a person gave to the session."""
    head, kind, _ = arn.partition(":assumed-role/")
    if kind:
        return f"{head}{kind}{arn.partition(kind)[2].partition('/')[0]}"
    head, kind, _ = arn.partition(":federated-user/")
    return f"{head}:federated-user" if kind else arn
