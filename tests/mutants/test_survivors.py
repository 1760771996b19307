"""How survivors are told apart, and that those accepted still stand in the code."""

import importlib
import inspect
from collections.abc import Callable

import pytest

from tests.mutants.survivors import (
    Mutant,
    Rate,
    accepted_survivors,
    function_name,
    mutant_from_diff,
    package_of,
    rate_packages,
    take_sample,
)

CHANGE = "--- a.py\n+++ a.py\n@@ -1,2 +1,2 @@\n def f(n):\n-    return n < 7\n+    return n <= 7\n"
ROUNDED = "gateway.engine.money.rounded"


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("gateway.plans.run.x_start__mutmut_3", "gateway.plans.run.start"),
        ("gateway.plans.run.x__start__mutmut_12", "gateway.plans.run._start"),
        ("gateway.plans.run.xǁRunǁstart__mutmut_1", "gateway.plans.run.Run.start"),
    ],
)
def test_a_mutant_is_known_by_its_function_and_its_change(name: str, function: str) -> None:
    assert function_name(name) == function
    assert mutant_from_diff(name, CHANGE) == Mutant(function, "return n < 7", "return n <= 7")


@pytest.mark.parametrize(
    ("function", "package"),
    [
        ("gateway.plans.run.Run.start", "gateway/plans"),
        ("gateway.engine.money.rounded", "gateway/engine"),
        ("gateway.engine.gifts.steps.step", "gateway/engine/gifts"),
    ],
)
def test_each_function_counts_for_its_own_package(function: str, package: str) -> None:
    assert package_of(function) == package


@pytest.mark.parametrize(
    ("step", "sample"),
    [
        (1, {"a.x_f__mutmut_1", "a.x_f__mutmut_2", "b.x_g__mutmut_1"}),
        (2, {"a.x_f__mutmut_1", "b.x_g__mutmut_1"}),
        (4, {"a.x_f__mutmut_1"}),
    ],
)
def test_a_sample_is_every_nth_mutant_in_whatever_order_they_come(
    step: int, sample: set[str]
) -> None:
    names = ["b.x_g__mutmut_1", "a.x_f__mutmut_2", "a.x_f__mutmut_1"]
    assert take_sample(names, step) == sample


@pytest.mark.parametrize(("killed", "reached"), [(89, False), (90, True), (91, True)])
def test_nine_of_ten_are_enough(killed: int, reached: bool) -> None:  # noqa: FBT001
    assert rate_packages([ROUNDED] * killed, [ROUNDED] * (100 - killed)) == {
        "gateway/engine": Rate(killed, 100)
    }
    assert Rate(killed, 100).reaches(90) is reached


def test_what_is_accepted_stands_in_the_code_with_a_reason() -> None:
    for mutant, why in accepted_survivors().items():
        source = inspect.getsource(_find_function(mutant.function))
        assert " ".join(mutant.was.split()) in " ".join(source.split()), mutant
        assert len(why.split()) > 3, mutant


def _find_function(name: str) -> Callable[..., object]:
    """The function of that name, or the method of a class."""
    module, _, last = name.rpartition(".")
    owner: object = None
    if module.rpartition(".")[2][0].isupper():
        module, _, class_name = module.rpartition(".")
        owner = getattr(importlib.import_module(module), class_name)
    function: Callable[..., object] = getattr(owner or importlib.import_module(module), last)
    return function
