"""Stored rules are shown as YAML that says the same (R136)."""

import json
import re
from datetime import date
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.rules.files import demo_rules, from_yaml
from gateway.adapters.rules.rendering import render_rules

DOCUMENTATION = Path(__file__).parents[3] / "docs" / "rules.md"
NAMES = st.text(min_size=1, max_size=20).filter(lambda text: text.strip() == text != "")
RULES = """
title: "10"
valid_from: 2026-01-01
tax:
  default:
    mode: STACK
    rules:
      - {name: "true", areas: [NO, "JP 100-0001"], percent: 9.975, reason: "none: yet"}
      - {name: VAT, areas: [EE], percent: 22, valid_to: 2025-07-01}
      - {name: VAT, areas: [EE], percent: 24, valid_from: 2025-07-01}
  alternates: {exempt: {standalone: true}, "7": {rules: [{areas: [US 01234], percent: 1}]}}
shipping: []
stored_value: [{code: "01234", currency: USD, balance: 25.00}]
"""
RENDERED = """\
title: "10"
valid_from: 2026-01-01
tax:
  default:
    mode: STACK
    rules:
      - {name: "true", areas: [NO, JP 100-0001], percent: 9.975, reason: "none: yet"}
      # not on 2025-07-01: - {name: VAT, areas: [EE], percent: 22, valid_to: 2025-07-01}
      - {name: VAT, areas: [EE], percent: 24, valid_from: 2025-07-01}
  alternates:
    exempt: {standalone: true}
    "7":
      rules:
        - {areas: [US 01234], percent: 1}
shipping: []
stored_value:
  - {code: 01234, currency: USD, balance: 25.00}
"""


def test_an_entry_a_line_with_those_of_another_day_as_comments() -> None:
    assert render_rules(from_yaml(RULES).text, date(2025, 7, 1)) == RENDERED


def test_what_is_shown_is_what_was_stored() -> None:
    documented = re.findall(r"```yaml\n(.*?)```", DOCUMENTATION.read_text("utf-8"), re.DOTALL)
    for file in (demo_rules(), from_yaml(RULES), *map(from_yaml, documented)):
        assert from_yaml(render_rules(file.text)).text == file.text


@given(
    title=NAMES,
    names=st.lists(NAMES, max_size=3),
    percent=st.decimals(0, 100, places=3),
    category=NAMES,
)
def test_any_text_is_shown_as_what_it_is(
    title: str, names: list[str], percent: object, category: str
) -> None:
    rules = [
        {"name": name, "areas": ["GB"], "percent": str(percent), "categories": [category]}
        for name in names
    ]
    content = {"title": title, "tax": {"default": {"rules": rules}}}
    text = json.dumps(content, separators=(",", ":"))
    assert json.loads(from_yaml(render_rules(text)).text) == content
