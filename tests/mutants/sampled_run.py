"""Run mutmut over every nth mutant of those that patterns name: mutmut itself knows no samples."""

import sys

from mutmut import __main__ as mutmut

from tests.mutants.survivors import take_sample


def main() -> None:
    """Try every nth mutant; the arguments are n and mutmut's patterns."""
    step, patterns = int(sys.argv[1]), sys.argv[2:]
    collect = mutmut.collect_source_file_mutation_data

    def collect_sample(*, mutant_names: tuple[str, ...] | list[str]):  # type: ignore[no-untyped-def]  # noqa: ANN202 - as mutmut types it
        mutants, data_by_path = collect(mutant_names=mutant_names)
        sample = take_sample((name for _, name, _ in mutants), step)
        return [mutant for mutant in mutants if mutant[1] in sample], data_by_path

    mutmut.collect_source_file_mutation_data = collect_sample
    mutmut.cli(["run", "--max-children", "1", *patterns])


if __name__ == "__main__":
    main()
