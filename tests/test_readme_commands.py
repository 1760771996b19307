"""The README tells the truth: its commands are run, in its order, and answer what it shows."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from tests.running import free_port, gateway_command, process_environment, wait_until_ready

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(bash|json|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

RUN_COUNT = 2
"""How often walk-throughs are run in one folder: a reader comes back to where they were."""


class ShownExample(NamedTuple):
    """Commands and, where the README shows it, how the last of them is answered."""

    commands: str
    kind: str = ""
    answer: str = ""


def readme_examples() -> list[ShownExample]:
    examples: list[ShownExample] = []
    for kind, text in BLOCK.findall(README):
        if kind == "bash":
            examples.append(ShownExample(text))
        else:
            examples[-1] = examples[-1]._replace(kind=kind, answer=text)
    return examples


def answer_pattern(expected: object) -> re.Pattern[str]:
    """Exactly ``expected``; "…" stands for what differs each time."""
    text = json.dumps(expected, ensure_ascii=False)
    return re.compile(re.escape(text).replace("…", r"[^\"]+"))


def assert_answered(step: ShownExample, output: str) -> None:
    if step.kind == "json":
        last = output.strip().splitlines()[-1]
        answer = json.dumps(json.loads(last), ensure_ascii=False)
        assert answer_pattern(json.loads(step.answer)).fullmatch(answer), f"{step.answer}\n{answer}"
    if step.kind == "text":
        expected_lines = step.answer.splitlines()
        assert [each for each in output.splitlines() if each in expected_lines] == expected_lines, (
            output
        )


def run_examples(steps: list[ShownExample], url: str, folder: Path) -> list[str]:
    """What each step printed, run one after the other in one shell, without a word of trouble."""
    script = "\nprintf '\\0'\n".join(["set -uo pipefail", *(each.commands for each in steps)])
    script = script.replace("http://127.0.0.1:8000", url)
    with subprocess.Popen(  # noqa: S603
        ["bash", "-c", script],  # noqa: S607
        cwd=folder,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as shell:
        output, complaints = shell.communicate(timeout=200)
    assert complaints == ""
    outputs = output.split("\0")[1:]
    assert len(outputs) == len(steps), f"{complaints}\n{output[-2000:]}"
    return outputs


def test_every_command_answers_as_shown(tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with gateway_command("serve", settings=process_environment(tmp_path, GATEWAY_PORT=str(port))):
        wait_until_ready(url)
        steps = readme_examples()
        for _ in range(RUN_COUNT):
            for step, output in zip(steps, run_examples(steps, url, tmp_path), strict=True):
                assert_answered(step, output)
        assert sum(step.kind != "" for step in steps) == 10
