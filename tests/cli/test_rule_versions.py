"""Showing rules in force, comparing a file with them, and trying it (R136)."""

from pathlib import Path

from tests.cli.test_commands import Run, data, join_words, run, write_file

__all__ = ["data", "run"]
FIRST = """
title: First
valid_from: 2026-01-01
tax: {default: {rules: [
  {name: VAT, areas: [JP], percent: 8, valid_to: 2026-06-01},
  {name: VAT, areas: [JP], percent: 10, valid_from: 2026-06-01}]}}
"""
SECOND = FIRST.replace("First", "Second").replace("2026-01-01", "2026-10-01").replace("10,", "12,")


def test_no_rules_are_in_force(run: Run, tmp_path: Path) -> None:
    shown = run("rules", "show", "--at", "2026-01-31")
    assert (shown.exit_code, shown.stderr) == (1, "no rules are in force on 2026-01-31\n")
    file = write_file(tmp_path, "a.yaml", FIRST)
    assert run("rules", "diff", file).exit_code == 1
    assert run("rules", "show", "--at", "yesterday").exit_code == 2


def test_rules_of_a_day_are_shown_as_a_file(run: Run, tmp_path: Path) -> None:
    assert run("rules-import", write_file(tmp_path, "a.yaml", FIRST)).exit_code == 0
    assert run("rules-import", write_file(tmp_path, "b.yaml", SECOND)).exit_code == 0
    shown = run("rules", "show", "--at", "2026-07-01")
    assert (shown.exit_code, shown.output) == (
        0,
        """\
# Version 1, in force from 2026-01-01.
title: First
valid_from: 2026-01-01
tax:
  default:
    rules:
      # not on 2026-07-01: - {name: VAT, areas: [JP], percent: 8, valid_to: 2026-06-01}
      - {name: VAT, areas: [JP], percent: 10, valid_from: 2026-06-01}
""",
    )
    newest = run("rules", "show", "--at", "2026-10-01")
    assert newest.output.startswith("# Version 2, in force from 2026-10-01.\ntitle: Second\n")
    again = run("rules-import", write_file(tmp_path, "c.yaml", newest.output))
    assert (again.exit_code, again.output) == (0, "Version 3, in force from 2026-10-01.\n")


def test_a_file_is_compared_with_the_rules_of_a_day(run: Run, tmp_path: Path) -> None:
    first = write_file(tmp_path, "a.yaml", FIRST)
    assert run("rules-import", first).exit_code == 0
    same = run("rules", "diff", first, "--at", "2026-07-01")
    assert (same.exit_code, same.output) == (0, "The file is version 1: nothing changes.\n")
    other = write_file(tmp_path, "b.yaml", SECOND)
    changed = run("rules", "diff", other, "--at", "2026-07-01")
    assert changed.exit_code == 0
    lines = changed.output.splitlines()
    assert "-      - {name: VAT, areas: [JP], percent: 10, valid_from: 2026-06-01}" in lines
    assert "+      - {name: VAT, areas: [JP], percent: 12, valid_from: 2026-06-01}" in lines
    assert lines[-2:] == ["Rates that change: 1.", "JP, goods: VAT 10 % -> VAT 12 %"]
    assert run("rules", "show", "--at", "2026-11-01").output.startswith("# Version 1,")


def test_a_dry_run_imports_nothing(run: Run, tmp_path: Path) -> None:
    tried = run("rules-import", write_file(tmp_path, "a.yaml", FIRST), "--dry-run")
    assert (tried.exit_code, tried.output) == (
        0,
        "Carts looked at: 0. Changed: 0. Nothing was imported.\n",
    )
    assert run("rules", "show").exit_code == 1
    wrong = write_file(tmp_path, "b.yaml", "tax: {default: {rules: [{areas: [UK], percent: 5}]}}")
    refused = run("rules-import", wrong, "--dry-run", "--carts", "5")
    assert refused.exit_code == 1
    assert "perhaps GB" in join_words(refused.output)
    assert run("rules-import", wrong, "--dry-run", "--carts", "0").exit_code == 2
