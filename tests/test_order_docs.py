"""The page about orders tells the truth: the staff's day that it shows can be lived."""

from pathlib import Path

from tests.running import free_port, gateway_command, process_environment, wait_until_ready
from tests.test_readme_commands import (
    BLOCK,
    RUN_COUNT,
    ShownExample,
    assert_answered,
    run_examples,
)

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "orders.md").read_text(encoding="utf-8")


def page_examples() -> list[ShownExample]:
    """The page's commands, each with the answer that is shown below it."""
    examples: list[ShownExample] = []
    for kind, text in BLOCK.findall(PAGE):
        if kind == "bash":
            examples.append(ShownExample(text))
        else:
            examples[-1] = examples[-1]._replace(kind=kind, answer=text)
    as_module = f'gateway() {{ PYTHONPATH={ROOT} python3 -m gateway "$@"; }}\n'
    return [examples[0]._replace(commands=as_module + examples[0].commands), *examples[1:]]


def test_a_day_of_the_staff_as_shown(tmp_path: Path) -> None:
    """R122, R123, R124."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with gateway_command("serve", settings=process_environment(tmp_path, GATEWAY_PORT=str(port))):
        wait_until_ready(url)
        steps = page_examples()
        for _ in range(RUN_COUNT):
            for step, output in zip(steps, run_examples(steps, url, tmp_path), strict=True):
                assert_answered(step, output)
        assert [step.kind for step in steps] == ["json", "json", "json", "json", ""]
