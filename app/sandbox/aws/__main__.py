"""`python -m app.sandbox.aws`: build the emulator's environment and print its python."""

import sys

from app.sandbox.aws.home import HomeError, prepare

if __name__ == "__main__":
    try:
        print(prepare())
    except HomeError as error:
        sys.exit(str(error))
