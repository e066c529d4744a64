"""A test runner for Django that also writes down, test by test, how each came out.

The file that SUITE_OUTCOMES names gets a line of JSON for each: its id, its outcome, and the text
of what went wrong. Each is written at once, so that a crash leaves those that were done.
"""

import json
import os
import unittest

from django.test.runner import DiscoverRunner


class Result(unittest.TextTestResult):
    """unittest's own, which also writes. Tests of parallel processes are told here too."""

    def record(self, test, outcome, text=""):
        with open(os.environ["SUITE_OUTCOMES"], "a", encoding="utf8") as outcomes:
            outcomes.write(json.dumps([test.id(), outcome, text]) + "\n")

    def addSuccess(self, test):
        super().addSuccess(test)
        self.record(test, "ok")

    def addError(self, test, err):
        super().addError(test, err)
        self.record(test, "error", self.errors[-1][1])

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.record(test, "fail", self.failures[-1][1])

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.record(test, "skip", reason)

    def addExpectedFailure(self, test, err):
        super().addExpectedFailure(test, err)
        self.record(test, "xfail")

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self.record(test, "fail", "unexpected success")

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            failed = issubclass(err[0], test.failureException)
            kept = self.failures if failed else self.errors
            self.record(test, "fail" if failed else "error", f"{subtest}\n{kept[-1][1]}")


class Runner(DiscoverRunner):
    """Django's runner with that result."""

    def get_resultclass(self):
        return Result
