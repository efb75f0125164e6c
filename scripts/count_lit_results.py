"""count_lit_results.py NAME RESULTS.json RESULTS.xml: what came of a lit run.

Prints "PASSED FAILED SKIPPED" for scripts/test.sh, and for people, on stderr,
a line for the suite and one with the reason for each test that was skipped.

Of lit's two reports only the XML one counts the tests that a GoogleTest program
skipped, and only the JSON one says what a lit test found missing.
"""

import json
import sys
import xml.etree.ElementTree as ElementTree


def main():
    name, json_path, xml_path = sys.argv[1:]
    with open(json_path, encoding="utf-8") as file:
        report = json.load(file)
    cases = list(ElementTree.parse(xml_path).iter("testcase"))

    failed = sum(case.find("failure") is not None for case in cases)
    skipped = [case for case in cases if case.find("skipped") is not None]
    passed = len(cases) - failed - len(skipped)

    for test in report["tests"]:
        if test["code"] == "UNSUPPORTED":
            reason = " ".join(test["output"].split())
            print(f"    skipped: {test['name']}: {reason}", file=sys.stderr)
    for case in skipped:
        if case.find("skipped").get("message") == "User interrupt":
            test = f"{case.get('classname')}.{case.get('name')}"
            print(f"    skipped: {test}: by the test itself", file=sys.stderr)

    line = f"==> {name}: {passed} passed"
    if skipped:
        line += f", {len(skipped)} skipped"
    if failed:
        line += f", {failed} FAILED"
    print(f"{line} in {report['elapsed']:.0f} s", file=sys.stderr)
    print(passed, failed, len(skipped))


main()
