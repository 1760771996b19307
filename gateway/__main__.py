"""The entry point: ``gateway``, or ``python -m gateway``."""

import gc


def main() -> None:
    """Run the command that the arguments name."""
    # What is imported stays: each collection meanwhile would walk all of it, two fifths of a start.
    gc.disable()
    from gateway import cli

    gc.freeze()
    gc.enable()
    cli.main()


if __name__ == "__main__":
    main()
