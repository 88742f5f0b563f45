"""What options and results have in common. Written by `bindings-python/scripts/write_types.py`; do not edit."""

from ..._data import Text


class Compatibility(Text):
    """Whose rules turn a metric into a count."""

    OPUSCLIP = "opusclip"
    """Thresholds say when to act, targets how far; a cooldown follows each action."""
    HPA = "hpa"
    """Those of the Kubernetes HorizontalPodAutoscaler v2, to the letter: tolerance instead of thresholds, integer
    percent, no cooldown."""


class ForecastModel(Text):
    """A model of demand."""

    LAST_VALUE = "last_value"
    """The last step again."""
    LEVEL = "level"
    """The mean of the last steps."""
    RISE = "rise"
    """The last step, and what it lies above the mean of the last two minutes once more: what rises goes on for a
    while."""
    TREND = "trend"
    """The level with a damped trend (Gardner and McKenzie 1985)."""
    SEASON = "season"
    """The level, moved as it moved a season (a day) ago."""
    WEEK = "week"
    """The level, moved as it moved a week ago."""
    SEASON_AND_RISE = "season_and_rise"
    """The last step, moved so, with its rise."""
    REGRESSION = "regression"
    """A regression on means of the last half hour and on the move of a season ago."""


class RatePolicyKind(Text):
    """What a rate policy counts in."""

    INSTANCES = "instances"
    """Instances."""
    PERCENT = "percent"
    """Percent of the instances that there were when the period began."""


class ScalingAction(Text):
    """What is to be done."""

    SCALE_UP = "scale_up"
    """Add instances."""
    SCALE_DOWN = "scale_down"
    """Remove instances."""
    NO_ACTION = "no_action"
    """Leave them as they are."""


class ScalingReason(Text):
    """Why a decision is what it is. Those that the HorizontalPodAutoscaler has are named as there."""

    DESIRED_WITHIN_RANGE = "DesiredWithinRange"
    """The count that the metrics ask for lies within all limits."""
    WITHIN_TOLERANCE = "WithinTolerance"
    """No metric is far enough from its target."""
    SCALE_UP_LIMIT = "ScaleUpLimit"
    """It may not grow faster."""
    SCALE_DOWN_LIMIT = "ScaleDownLimit"
    """It may not shrink faster."""
    TOO_MANY_REPLICAS = "TooManyReplicas"
    """The metrics ask for more than the maximum."""
    TOO_FEW_REPLICAS = "TooFewReplicas"
    """They ask for fewer than the minimum."""
    SCALE_UP_STABILIZED = "ScaleUpStabilized"
    """A smaller proposal of the last while holds growth back."""
    SCALE_DOWN_STABILIZED = "ScaleDownStabilized"
    """A larger one holds shrinking back."""
    BELOW_MINIMUM = "BelowMinimum"
    """There were fewer instances than the minimum; no metric was asked."""
    ABOVE_MAXIMUM = "AboveMaximum"
    """There were more than the maximum; no metric was asked."""
    STEP_SIZE = "StepSize"
    """Counts change by multiples of `step_size`."""
    COOLDOWN = "Cooldown"
    """An action was taken a short while ago."""
    ACTION_PENDING = "ActionPending"
    """An action is being carried out."""
    NO_METRICS = "NoMetrics"
    """Every metric is missing."""
    PARTIAL_METRICS = "PartialMetrics"
    """A metric is missing, and the others would remove instances."""
    FORMULA_UNDEFINED = "FormulaUndefined"
    """The formula gives no number from 0 on."""
    STALE_METRICS = "StaleMetrics"
    """The metrics are too old."""
    CLOCK_WENT_BACK = "ClockWentBack"
    """The clock went back; times that are remembered were moved with it."""
    PANIC = "Panic"
    """A burst is followed."""
    ACTIVATED = "Activated"
    """There is something to do again."""
    IDLE = "Idle"
    """There has been nothing to do for long enough."""
    SCALING_DISABLED = "ScalingDisabled"
    """Somebody has set the count to 0, which switches scaling off (`hpa` alone)."""


class ScalingStrategy(Text):
    """What decides how many instances there should be."""

    CPU = "cpu"
    """CPU usage by its target."""
    MEMORY = "memory"
    """Memory usage by its target."""
    REQUEST = "request"
    """Requests a second by their target for an instance."""
    RESPONSE_TIME = "response_time"
    """The response time, by a curve learned from the service's own samples."""
    HYBRID = "hybrid"
    """All of these: the largest proposal grows, and only agreement shrinks."""
    PREDICTIVE = "predictive"
    """`hybrid`, and what demand is forecast to be when instances started now are ready."""


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
