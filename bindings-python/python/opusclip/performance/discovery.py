"""Which instances there are, as name servers and Kubernetes say.

>>> from opusclip.performance import LoadBalancer, instances_of_addresses
>>> lb = LoadBalancer()
>>> changes = lb.set_instances(instances_of_addresses(["10.0.0.2", "10.0.0.1"], scheme="http", port=8000))
>>> changes.added
('http://10.0.0.1:8000', 'http://10.0.0.2:8000')

Who asks, and when, is the host's matter, such as a task that calls `socket.getaddrinfo` every 30 s. Where the source
fails, the balancer is told nothing: the last good list stays.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from .. import _opusclip
from .._opusclip import is_idempotent, is_retryable
from .._values import given, plain
from ._types import InstanceSpec, SrvRecord

__all__ = [
    "instances_of_addresses",
    "instances_of_slices",
    "instances_of_srv",
    "is_idempotent",
    "is_retryable",
    "retry_after",
]


def instances_of_addresses(addresses: Iterable[str], *, port: int | str, scheme: str = "") -> tuple[InstanceSpec, ...]:
    """Instances of the addresses of a name (A and AAAA records), each once, in an order that does not depend on theirs.

    Parameters
    ----------
    addresses : iterable of str
        Addresses of IPv4 or IPv6, or names.
    port : int
        The port of all of them.
    scheme : str, optional
        Ids are ``scheme://host:port``, or ``host:port`` without it.

    Raises
    ------
    ConfigError
        For a port that is none.
    DataError
        For an empty address.
    """
    return _specs(_opusclip.instances_of_addresses(list(addresses), {"scheme": scheme, "port": str(port)}))


def instances_of_srv(records: Iterable[SrvRecord | Mapping[str, Any]], *, scheme: str = "") -> tuple[InstanceSpec, ...]:
    """Instances of the SRV records of a name (RFC 2782): priorities become tiers, weights stay.

    Parameters
    ----------
    records : iterable of SrvRecord
        What the name server said.
    scheme : str, optional
        Ids are ``scheme://host:port``, or ``host:port`` without it.
    """
    return _specs(_opusclip.instances_of_srv([plain(record) for record in records], {"scheme": scheme}))


def instances_of_slices(slices: str, *, port: int | str | None = None, scheme: str = "") -> tuple[InstanceSpec, ...]:
    """Instances of the ``EndpointSlice`` objects of one service (Kubernetes, ``discovery.k8s.io/v1``).

    Those that are ready; where none is, those that terminate but still serve.

    Parameters
    ----------
    slices : str
        JSON: a list as the server gives it, an array of objects, or one.
    port : int or str, optional
        The number or the name of one of the slices' ports; may be left out where there is only one.
    scheme : str, optional
        Ids are ``scheme://host:port``, or ``host:port`` without it.

    Raises
    ------
    DataError
        For what are no such objects, or none of one service.
    """
    options = given(scheme=scheme, port=None if port is None else str(port))
    return _specs(_opusclip.instances_of_slices(slices, options))


def retry_after(value: str | None, *, now: float | datetime | None = None) -> float | None:
    """For how many seconds a field ``Retry-After`` asks for patience, by seconds or by a date (RFC 9110, 10.2.3).

    Parameters
    ----------
    value : str, optional
        What the field says; none, or what is neither, asks for none.
    now : float or datetime, optional
        When it said so, default the system's clock.
    """
    return _opusclip.retry_after(value, now)


def _specs(found: list[dict[str, Any]]) -> tuple[InstanceSpec, ...]:
    return tuple(map(InstanceSpec.from_dict, found))
