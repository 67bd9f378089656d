"""Run the command line as ``python -m twinbenefits``."""

from twinbenefits.cli import main

if __name__ == "__main__":
    main()
