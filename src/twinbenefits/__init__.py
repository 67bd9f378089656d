"""Research compendium of the study on business benefits of industrial digital twins."""

__version__ = "0.1.0"
