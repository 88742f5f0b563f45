"""What options and results have in common. Written by `bindings-python/scripts/write_types.py`; do not edit."""

from ..._data import Text


class RatePolicyKind(Text):
    """What a rate policy counts in."""

    INSTANCES = "instances"
    """Instances."""
    PERCENT = "percent"
    """Percent of the instances that there were when the period began."""


class SelectPolicy(Text):
    """Which of several rate policies counts."""

    MAX = "max"
    """The one that allows the largest change."""
    MIN = "min"
    """The one that allows the smallest."""
    DISABLED = "disabled"
    """None: there is no change in this direction."""


class Weekday(Text):
    """A day of the week."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"
