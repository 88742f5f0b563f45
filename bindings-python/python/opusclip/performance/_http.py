"""What the HTTP transports have in common: where a request goes, when it may be sent again."""

from __future__ import annotations

from math import inf

from .._opusclip import Pick
from ..errors import BalanceError, ConfigError, LimitError
from .balancer import LoadBalancer, Subset

#: A request has no place to go, or there are too many.
REFUSED = (BalanceError, LimitError)


def address(pick: Pick, scheme: str) -> str:
    """The base URL of an instance: ``url`` of its metadata, else its id; `scheme` where that has none."""
    text = pick.metadata.get("url") or pick.id
    return text if "://" in text else f"{scheme}://{text}"


def status_of(answered: int) -> int:
    """A status that there is: what is above all of them is a failure of the server."""
    return min(max(answered, 100), 599)


def patience(max_retry_after: float) -> float:
    """The seconds for which an instance is waited for that asked for it, checked."""
    if not 0.0 <= max_retry_after < inf:
        message = f"max_retry_after is {max_retry_after}, not a number of seconds"
        raise ConfigError(message, code="config.out_of_range", field="max_retry_after", hint="0 never waits")
    return max_retry_after


class Attempts:
    """One request on its way: which instances it was at, and whether it may go to another one."""

    __slots__ = ("_balancer", "_key", "_left", "_max_retry_after", "_nobody", "_subset", "_tried")

    def __init__(
        self,
        balancer: LoadBalancer,
        retries: int,
        key: str | bytes | None,
        subset: Subset | None,
        max_retry_after: float = 0.0,
    ) -> None:
        self._balancer = balancer
        self._left = retries
        self._key = key
        self._subset = subset
        self._max_retry_after = max_retry_after
        self._tried: list[str] = []
        self._nobody = False

    def first(self) -> Pick:
        """The instance that gets the request first."""
        return self._took(self._balancer.pick(self._key, subset=self._subset))

    def another(self) -> Pick | None:
        """An instance that has not had it; none where there is none, or the budget of retries is used up."""
        if self._left <= 0:
            return None
        self._left -= 1
        try:
            return self._took(self._balancer.pick_excluding(self._tried, self._key, self._subset))
        except REFUSED as error:
            self._nobody = error.code == "balance.no_instance"
            # What the last one said is the better answer.
            return None

    def wait(self, retry_after: float | None) -> float | None:
        """Seconds to wait before `again`, where `another` found nobody and the last one said for how long."""
        patient = retry_after is not None and retry_after <= self._max_retry_after
        return retry_after if self._nobody and patient else None

    def again(self) -> Pick | None:
        """An instance after waiting, also one that has had it."""
        self._nobody = False
        try:
            return self._took(self._balancer.pick_excluding([], self._key, self._subset))
        except REFUSED:
            return None

    def _took(self, pick: Pick) -> Pick:
        self._tried.append(pick.id)
        return pick
