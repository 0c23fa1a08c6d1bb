"""Launches what a spec describes: one job, a campaign, or the jobs of a chain one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from gtctl import aws
from gtctl.errors import BadInput, EnvironmentFailed, Refused
from gtctl.jobs import follow, gate, launch
from gtctl.jobs.gate import Passage
from gtctl.jobs.launch import Launch, LaunchedJob, job_region
from gtctl.jobs.partition import launches
from gtctl.jobs.render import Rendered

if TYPE_CHECKING:
    from gtctl.audit.settings import Settings
    from gtctl.jobs.dataset import Dataset


@dataclass(frozen=True, slots=True)
class Options:
    """source: the file of the spec or request, for what is said about it. max_objects: of one job."""

    settings: Settings
    source: str
    accept_unknown: bool = False
    max_objects: int | None = None


@dataclass(frozen=True, slots=True)
class Launched:
    """What one step has become. name: that of the job, or of the campaign."""

    name: str
    region: str
    jobs: Sequence[LaunchedJob]


def check(rendered: Rendered, options: Options) -> Passage:
    """What the gate sees of the job. Raises BadInput without a manifest, EnvironmentFailed without AWS."""
    try:
        with launches(rendered, options.max_objects) as (whole, jobs):
            return _examine(rendered, whole, jobs, options)
    except (BotoCoreError, ClientError) as error:
        raise EnvironmentFailed(f"{aws.explain(error)}; --offline checks what needs no account") from error


def run(
    steps: Sequence[Rendered], options: Options, follow_to_the_end: Callable[[str, str], None] | None = None
) -> Iterator[Launched]:
    """Launch ``steps``: all of them with ``follow_to_the_end``, which is called after each, else as many as can start.

    Whatever was launched before is found and left alone, so a run that was cut off is run again. Raises what
    ``launch.start`` does, and EnvironmentFailed where AWS fails, which leaves open whether the job exists.
    """
    for number, rendered in enumerate(steps):
        name = str(rendered.request["LabelingJobName"])
        try:
            if number and not follow_to_the_end and not _has_completed(steps[number - 1]):
                return
            launched = _launch(rendered, options, in_chain=len(steps) > 1)
        except (BotoCoreError, ClientError) as error:
            why = f"{aws.explain(error)}; run the same command again: {name} is made once, whatever was done already"
            raise EnvironmentFailed(why) from error
        yield launched
        if follow_to_the_end:
            follow_to_the_end(launched.name, launched.region)


def _launch(rendered: Rendered, options: Options, in_chain: bool) -> Launched:
    with launches(rendered, options.max_objects) as (whole, jobs):
        if in_chain and len(jobs) > 1:
            raise BadInput(
                f"{options.source}: a chain reads one job's output after the other's, and {whole.objects:,} objects"
                " take several jobs: split the manifest (gtctl manifest split) and launch a chain for each part"
            )
        done = [launch.find_launched(job) for job in jobs]
        if not all(done):
            passage = _examine(
                rendered, whole, [job for job, there in zip(jobs, done, strict=True) if not there], options
            )
            passage.require(accept_unknown=options.accept_unknown)
            done = [
                there or launch.start(job, passage, accept_unknown=options.accept_unknown)
                for job, there in zip(jobs, done, strict=True)
            ]
        part = jobs[0].part
        return Launched(part.campaign if part else jobs[0].name, jobs[0].region, [job for job in done if job])


def _examine(rendered: Rendered, whole: Dataset, jobs: Sequence[Launch], options: Options) -> Passage:
    # A campaign has one gate. What is asked about the job's name is asked about the first one's.
    named = replace(rendered, request=rendered.request | {"LabelingJobName": jobs[0].name})
    return gate.preflight(named, whole, options.settings, options.source)


def _has_completed(rendered: Rendered) -> bool:
    name = str(rendered.request["LabelingJobName"])
    job = follow.describe(name, job_region(rendered))
    if job.is_final and job.status != "Completed":
        raise Refused(f"{job.trouble}: the next job of the chain would read its output")
    return job.status == "Completed"
