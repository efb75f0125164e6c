"""count_pytest_results.py NAME RESULTS.xml: what came of a pytest run.

Prints "PASSED FAILED SKIPPED" for scripts/test.sh, and for people, on stderr, a line
for the suite and one with the reason for each test that was skipped.
"""

import sys
import xml.etree.ElementTree as ElementTree


def main():
    name, path = sys.argv[1:]
    try:
        suites = list(ElementTree.parse(path).iter("testsuite"))
    except ElementTree.ParseError:
        suites = []  # pytest itself failed
    cases = [case for suite in suites for case in suite.iter("testcase")]
    failed = sum(any(case.iter("failure")) or any(case.iter("error")) for case in cases)
    skipped = [case for case in cases if case.find("skipped") is not None]
    passed = len(cases) - failed - len(skipped)
    if not cases:
        failed = 1

    for case in skipped:
        test = f"{case.get('classname')}.{case.get('name')}"
        print(f"    skipped: {test}: {case.find('skipped').get('message')}", file=sys.stderr)
    line = f"==> {name}: {passed} passed"
    if skipped:
        line += f", {len(skipped)} skipped"
    if failed:
        line += f", {failed} FAILED"
    seconds = sum(float(suite.get("time")) for suite in suites)
    print(f"{line} in {seconds:.0f} s", file=sys.stderr)
    print(passed, failed, len(skipped))


main()
