"""The linter of rule files on the command line (R136)."""

from pathlib import Path

from tests.cli.test_commands import (
    CLEAN,
    RULES_WITH_ERRORS,
    RULES_WITH_WARNINGS,
    Run,
    data,
    join_words,
    run,
    write_file,
)

__all__ = ["data", "run"]
FORGETFUL = "tax: {default: {rules: [{areas: [ES], percent: 21}]}}"


def test_linting(run: Run, tmp_path: Path) -> None:
    refused = run("tax-lint", write_file(tmp_path, "a.yaml", RULES_WITH_ERRORS))
    assert refused.exit_code == 1
    assert "it can never apply: rule 1 above takes it all" in refused.output
    assert refused.output.endswith("Errors: 1. Warnings: 0.\n")
    warned = run("tax-lint", write_file(tmp_path, "b.yaml", RULES_WITH_WARNINGS))
    assert warned.exit_code == 0
    assert warned.output.endswith("Errors: 0. Warnings: 1.\n")
    clean = run("tax-lint", write_file(tmp_path, "c.yaml", CLEAN))
    assert (clean.exit_code, clean.output) == (0, "No faults were found.\n")


def test_linting_shows_what_happens_at_a_place(run: Run, tmp_path: Path) -> None:
    refused = run("tax-lint", write_file(tmp_path, "a.yaml", RULES_WITH_ERRORS))
    assert "For example CA-ON L4L 2Y7: rule 1 (tax 5 %) decides." in join_words(refused.output)
    warned = run("tax-lint", write_file(tmp_path, "b.yaml", RULES_WITH_WARNINGS))
    assert "For example US-CA 94044: rule 1 (tax 7.25 %) decides." in join_words(warned.output)


def test_linting_names_forgotten_territories(run: Run, tmp_path: Path) -> None:
    """R136"""
    answer = run("tax-lint", write_file(tmp_path, "a.yaml", FORGETFUL))
    assert answer.exit_code == 0
    assert answer.output.startswith("No faults were found.\n")
    assert answer.output.endswith("Errors: 0. Warnings: 0. Notes: 3.\n")
    for name in ("the Canary Islands", "Ceuta", "Melilla"):
        assert name in join_words(answer.output)
