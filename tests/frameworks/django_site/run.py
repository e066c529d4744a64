"""Run the project's tests with Django's runner; print {test name: failure or null} as JSON.

A process of its own, because Django's settings, its time zone included, hold for a whole process.
"""

import json
import sys
import unittest

import django
from django.test.runner import DiscoverRunner


class Outcomes(unittest.TestResult):
    """Keeps, for every test, the traceback of its first failure, or None."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.outcomes: dict = {}

    def startTest(self, test):
        super().startTest(test)
        self.outcomes[self.key(test)] = None

    @staticmethod
    def key(test) -> str:
        return ".".join(test.id().split(".")[-2:])

    def addError(self, test, err):
        text = self._exc_info_to_string(err, test)
        self.outcomes[self.key(test)] = self.outcomes.get(self.key(test)) or text

    addFailure = addError

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self.addError(test, err)


class Runner(DiscoverRunner):
    def run_suite(self, suite, **kwargs):
        return suite.run(Outcomes())

    def suite_result(self, suite, result, **kwargs):
        print(json.dumps(result.outcomes))
        return 0


if __name__ == "__main__":
    django.setup()
    sys.exit(Runner(verbosity=0, interactive=False).run_tests(["django_site.shop"]))
