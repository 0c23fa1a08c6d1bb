"""The browser of the audit report's tests, for the page of statistics."""

from tests.audit.report.conftest import browser

__all__ = ["browser"]
