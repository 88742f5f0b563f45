"""What a fitted model can be asked; the base classes of `BgNbd`, `GammaGamma` and `Forecast`."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from .. import _opusclip
from .._data import Data
from .._vector import Vector
from .columns import mappings

if TYPE_CHECKING:
    from ._types import CustomerSummary, LimitSide, TimeToLimit

M = TypeVar("M", bound=Data)
Customers = Iterable["CustomerSummary"]


class PurchaseModel(Data):
    """How often customers without a contract buy, and whether they still do."""

    __slots__ = ()

    @classmethod
    def fit(cls: type[M], customers: Customers) -> M:
        """Fit the model by maximum likelihood.

        Parameters
        ----------
        customers : iterable of CustomerSummary
            Such as ``customers(...).values()``.

        Raises
        ------
        DataError
            If fewer than 20 bought again, or a summary cannot be one.
        """
        return cls.from_dict(_opusclip.fit_bg_nbd(mappings(customers)))

    def probability_alive(self, customers: Customers) -> Vector:
        """Return the chance that each customer has not left, 0 to 1."""
        return Vector(_opusclip.probability_alive(self.to_dict(), mappings(customers)))

    def expected_purchases(self, customers: Customers, time: float) -> Vector:
        """Return how many purchases each customer is expected to make within a time, in the unit of the summaries."""
        return Vector(_opusclip.expected_purchases(self.to_dict(), mappings(customers), time))


class ValueModel(Data):
    """How much customers pay each time."""

    __slots__ = ()

    @classmethod
    def fit(cls: type[M], customers: Customers) -> M:
        """Fit the model by maximum likelihood to the customers with a repeat purchase.

        Parameters
        ----------
        customers : iterable of CustomerSummary
            Such as ``customers(...).values()``.

        Raises
        ------
        DataError
            If these are fewer than 20, or a summary cannot be one.
        """
        return cls.from_dict(_opusclip.fit_gamma_gamma(mappings(customers)))

    def expected_value(self, customers: Customers) -> Vector:
        """Return what each customer's next purchase is expected to be worth, in minor units."""
        return Vector(_opusclip.expected_value(self.to_dict(), mappings(customers)))


class ForecastPath(Data):
    """A forecast, which can be asked when it reaches a limit."""

    __slots__ = ()

    def time_to_limit(self, limit: float, direction: "LimitSide | str | None" = None) -> "TimeToLimit":
        """Say when the forecast and its interval reach a limit, in seconds after the last value known.

        Parameters
        ----------
        limit : float
            The limit, in the unit of the values.
        direction : LimitSide, optional
            From which side; by default that of the first step.

        Raises
        ------
        ConfigError
            If the limit is not finite.
        """
        from ._types import TimeToLimit

        found: dict[str, Any] = _opusclip.forecast_time_to_limit(self.to_dict(), limit, direction)
        return TimeToLimit.from_dict(found)
