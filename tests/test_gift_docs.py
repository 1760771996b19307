"""The page about gifts tells the truth: its picture is the table's, its code runs."""

import asyncio
import re
from pathlib import Path

import pytest

from gateway.engine.gifts.statuses import TRANSITIONS, TRANSITIONS_WITHOUT_CHANNEL
from gateway.services.ports.sources import SourceUnavailable
from tests.running import free_port, gateway_command, process_environment, wait_until_ready
from tests.test_readme_commands import (
    BLOCK,
    RUN_COUNT,
    ShownExample,
    assert_answered,
    run_examples,
)

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "gifts.md").read_text(encoding="utf-8")
TRANSITION_ARROW = re.compile(r"^    (\w+) --> (\w+): (.+)$", re.MULTILINE)


def test_the_picture_is_the_table() -> None:
    drawn = {
        (before, type_, after)
        for before, after, types in TRANSITION_ARROW.findall(PAGE)
        for type_ in types.split(", ")
    }
    moves = [*TRANSITIONS.items(), *TRANSITIONS_WITHOUT_CHANNEL.items()]
    assert drawn == {(before.value, type_.value, after.value) for (before, type_), after in moves}


def test_the_example_source_answers() -> None:
    [code] = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert len(code.splitlines()) <= 35
    names: dict[str, type] = {"__name__": __name__}  # type: ignore[dict-item]
    exec(code, names)  # noqa: S102 - the page's own code
    entry = {"name": "Ada", "state": "CA", "city": "Davis", "zip": "95616", "street": "1 Oak"}
    source = names["Alumni"]({"ada@example.com": entry})
    [record] = asyncio.run(source.records("email:ada@example.com", asking="gft_1"))
    assert (record.emails, record.address.city) == (("ada@example.com",), "Davis")
    assert asyncio.run(source.records("phone:+14155552671", asking="gft_1")) == ()
    with pytest.raises(SourceUnavailable):
        asyncio.run(names["Alumni"](None).records("email:ada@example.com", asking="gft_1"))


def page_examples(port: int) -> list[ShownExample]:
    """The page's commands; its receiver listens on ``port``."""
    examples: list[ShownExample] = []
    for kind, text in BLOCK.findall(PAGE):
        if kind == "bash":
            examples.append(ShownExample(text.replace("8001", str(port))))
        else:
            examples[-1] = examples[-1]._replace(kind=kind, answer=text)
    as_module = f'gateway() {{ PYTHONPATH={ROOT} python3 -m gateway "$@"; }}\n'
    return [examples[0]._replace(commands=as_module + examples[0].commands), *examples[1:]]


def test_a_partner_follows_as_shown(tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    settings = process_environment(tmp_path, GATEWAY_PORT=str(port), GATEWAY_WEBHOOKS_PRIVATE="on")
    with gateway_command("serve", settings=settings):
        wait_until_ready(url)
        steps = page_examples(free_port())
        for _ in range(RUN_COUNT):
            for step, output in zip(steps, run_examples(steps, url, tmp_path), strict=True):
                assert_answered(step, output)
        assert [step.kind for step in steps] == ["json", "text", "text", "text"]
