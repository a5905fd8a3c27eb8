"""`make bench`: every benchmark, one after the other."""

from tests.bench import walk


def main() -> None:
    """Run them."""
    walk.measure()


if __name__ == "__main__":
    main()
