"""Rate, time left and cost of a job, from what is seen of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gtctl.jobs.cost import load_prices
from gtctl.jobs.job import Job, campaign_of
from gtctl.jobs.progress import Meter, duration

CREATED = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def job(labeled: int, unlabeled: int, failed: int = 0, name: str = "ct", status: str = "InProgress") -> Job:
    made = CREATED.isoformat()
    return Job(name, "arn", status, labeled, failed, unlabeled, None, None, made, made)


class Time:
    """A clock that is set by hand; the job began two hours before."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def meter(self) -> Meter:
        begun = CREATED + timedelta(hours=2)
        return Meter(load_prices(), lambda: self.seconds, lambda: begun + timedelta(seconds=self.seconds))


def test_the_first_look_tells_the_rate_since_the_job_began() -> None:
    progress = Time().meter().see(job(20, 80))
    assert (progress.rate, progress.left, progress.still) == (10, 8 * 3600, 0)
    assert progress.text == "10 an hour, about 8 h left, 1.60 USD so far"


def test_later_looks_tell_the_rate_while_it_was_watched_failures_included() -> None:
    time = Time()
    meter = time.meter()
    meter.see(job(20, 80))
    time.seconds = 1800
    progress = meter.see(job(48, 50, failed=2))
    assert (progress.rate, progress.left) == (60, 3000)
    assert progress.text == "60 an hour, about 50 min left, 3.84 USD so far"


def test_it_counts_for_how_long_nothing_has_changed() -> None:
    time = Time()
    meter = time.meter()
    for time.seconds, labeled, still in ((0.0, 1, 0.0), (10.0, 1, 10.0), (20.0, 2, 0.0), (50.0, 2, 30.0)):
        assert meter.see(job(labeled, 9)).still == still


def test_without_any_answer_there_is_neither_rate_nor_time() -> None:
    assert Time().meter().see(job(0, 10)).text == "0.00 USD so far"


@pytest.mark.parametrize(
    ("seconds", "text"), [(40, "40 s"), (3000, "50 min"), (4440, "1 h 14 min"), (3600, "1 h"), (97_200, "1 d 3 h")]
)
def test_durations_are_for_people(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("statuses", "missing", "status", "has_trouble"),
    [
        (("Completed", "InProgress"), 0, "InProgress", False),
        (("Stopping", "Stopped"), 0, "Stopping", False),
        (("Initializing", "InProgress"), 0, "InProgress", False),
        (("Completed", "Completed"), 0, "Completed", False),
        (("Completed", "Stopped"), 0, "Stopped", True),
        (("Stopped", "Failed"), 0, "Failed", True),
        (("Completed", "Completed"), 1, "Completed", True),
    ],
)
def test_a_campaign_is_the_sum_of_its_jobs(
    statuses: tuple[str, str], missing: int, status: str, has_trouble: bool
) -> None:
    jobs = [job(2, 0, name=f"ct-00{number}", status=each) for number, each in enumerate(statuses, start=1)]
    campaign = campaign_of("ct", jobs, missing)
    assert (campaign.name, campaign.status, campaign.labeled, campaign.total) == ("ct", status, 4, 4)
    assert bool(campaign.trouble) == has_trouble
    assert [each["name"] for each in campaign.as_json()["jobs"]] == ["ct-001", "ct-002"]
