"""Runs the steps, one line each; ends with 1 when one failed."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from examples.walkthrough import steps_apm, steps_collect, steps_monitor, steps_trouble, steps_view
from examples.walkthrough.machine import Machine, StepFailed
from examples.walkthrough.mail import Inbox
from examples.walkthrough.pages import CHROMIUM, Pages, chromium
from examples.walkthrough.stage import Aside, Stage


class Report:
    """One line a step on standard output."""

    def __init__(self) -> None:
        self.failures = 0
        self._started = time.monotonic()

    def step(self, name: str, work: Callable[[], str]) -> None:
        try:
            word, text = "ok", work()
        except Exception as error:  # noqa: BLE001 - the next steps still have something to say
            self.failures += 1
            word, text = "failed", str(error) or type(error).__name__
            if not isinstance(error, StepFailed):
                text += f"\n{traceback.format_exc(limit=-4)}"
        print(f"{time.monotonic() - self._started:5.0f} s  {word:6}  {name}: {text}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="examples/walkthrough/run", description=__doc__)
    parser.add_argument("pictures", nargs="?", default="walkthrough-pictures", type=Path)
    parser.add_argument("--theme", choices=["light", "dark"], default="light")
    chosen = parser.parse_args()
    if not CHROMIUM:
        print("There is no Chromium: install it, or name it in HEELER_CHROMIUM.", file=sys.stderr)
        return 2
    pictures = chosen.pictures.absolute()
    pictures.mkdir(parents=True, exist_ok=True)
    report = Report()
    with tempfile.TemporaryDirectory(prefix="walkthrough-") as folder:
        try:
            walk(Path(folder), pictures, chosen.theme, report)
        except StepFailed as error:
            print(f"failed: {error}", flush=True)
            report.failures += 1
    print(f"{report.failures or 'No'} failures; pictures are in {pictures}")
    return 1 if report.failures else 0


def walk(root: Path, pictures: Path, theme: str, report: Report) -> None:
    """Every step on one machine; what waits for time to pass does so while other steps go on."""
    with ExitStack() as closing:
        inbox = Inbox()
        closing.callback(inbox.close)
        machine = Machine(root / "machine", HEELER_SMTP=inbox.url, HEELER_MONITOR_INTERVAL="2")
        closing.callback(machine.stop)
        machine.start()
        pages = Pages(closing.enter_context(chromium()), machine.url, pictures, theme)
        stage = Stage(machine, inbox, pages, pictures, closing)
        steps(stage, report)
        stage.keep_text("up.log", machine.log.read_text())


def steps(stage: Stage, report: Report) -> None:
    report.step("1 tags", lambda: steps_collect.tags(stage))
    mails = Aside(lambda: steps_monitor.provoke(stage))
    steps_collect.configure_mongo(stage)
    steps_collect.check_my_metric(stage)
    steps_apm.configure(stage)
    stage.restart_agent()
    trouble = steps_trouble.Trouble(stage)
    starting = Aside(trouble.start)
    report.step("2 mongodb", lambda: steps_collect.mongo(stage))
    report.step("4 dashboard", lambda: steps_view.dashboard(stage))
    report.step("8 flask, traces and logs", lambda: steps_apm.traces(stage))
    report.step("9 wrong keys and addresses", lambda: steps_trouble.wrong_address(stage))
    report.step("9 disk and trace component", lambda: trouble.look(starting))
    report.step("5 snapshot", lambda: steps_view.snapshot(stage))
    report.step("6 monitor", lambda: steps_monitor.monitor(stage, mails))
    report.step("7 downtimes", lambda: steps_monitor.downtimes(stage))
    report.step("2 the dashboard that comes along", lambda: steps_collect.mongo_dashboard(stage))
    report.step("8 a dashboard over traces and host", lambda: steps_apm.dashboard(stage))
    report.step("3 my_metric each 45 s", lambda: steps_collect.my_metric(stage))
    report.step("4 once more, with 1 and 2, after minutes of data", lambda: steps_view.once_more(stage))


if __name__ == "__main__":
    sys.exit(main())
