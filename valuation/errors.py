"""The named errors of `valuation`. Every refusal says what was wrong, and where.

`chain` derives its own errors from `WeighhouseError`, so that one `except` clause, and one table of
exit codes, serves both packages.
"""


class WeighhouseError(Exception):
    """The root of every error that Weighhouse raises on purpose."""


class InputError(WeighhouseError, ValueError):
    """An argument does not have the shape, range or type that the docstring asks for."""


class GameError(WeighhouseError, ValueError):
    """A game returned something that is not a utility for each coalition."""


class MechanismError(WeighhouseError, ValueError):
    """A mechanism's document is malformed, or names something that does not exist."""


class UpdateError(WeighhouseError, ValueError):
    """An update is malformed: not finite, of the wrong layout, too large, or not decodable."""


class AssumptionError(WeighhouseError, ValueError):
    """A method's stated assumption does not hold for the data that it was given."""
