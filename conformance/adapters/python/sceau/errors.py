"""Refusals of the protocol, by the classes of the book's page Registries."""


class Refusal(Exception):
    """The protocol refuses; the argument is the error class."""

    def __init__(self, error_class, why=""):
        super().__init__(error_class)
        self.error_class = error_class
        self.why = why


def require(condition, error_class, why=""):
    if not condition:
        raise Refusal(error_class, why)
