"""What the HTTP transports have in common: where a request goes, when it may be sent again."""

from __future__ import annotations

from .._opusclip import Pick
from ..errors import BalanceError, LimitError
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


class Attempts:
    """One request on its way: which instances it was at, and whether it may go to another one."""

    __slots__ = ("_balancer", "_key", "_left", "_subset", "_tried")

    def __init__(
        self, balancer: LoadBalancer, retries: int, key: str | bytes | None, subset: Subset | None
    ) -> None:
        self._balancer = balancer
        self._left = retries
        self._key = key
        self._subset = subset
        self._tried: list[str] = []

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
        except REFUSED:
            # What the last one said is the better answer.
            return None

    def _took(self, pick: Pick) -> Pick:
        self._tried.append(pick.id)
        return pick
