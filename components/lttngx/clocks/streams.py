"""From streams, as a core describes them, to the hosts whose clocks they were recorded with."""

import re

from lttngx.clocks.hosts import Host, identity
from lttngx.core.classes import Stream

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def host_of(stream: Stream) -> Host:
    """Return the host of a stream which has a default clock class.

    A unique ID of MIP 1 which is a UUID without a name space is what tracers wrote for MIP 0: the UUID alone is the identity.
    """
    clock, trace = stream.clock_class, stream.trace
    name, hostname = clock.name or "", trace.environment.get("hostname")
    plain = clock.uid is not None and clock.namespace is None and _UUID.fullmatch(clock.uid) is not None
    key = identity(name, clock.uid if plain else None, clock.namespace, clock.uid,
                   "/".join(part for part in (trace.uuid or trace.name, hostname) if isinstance(part, str)))
    return Host(key, name, clock.uid, trace.name, hostname if isinstance(hostname, str) else None, clock.frequency,
                clock.precision, clock.accuracy, clock.unix_epoch or clock.origin is not None)
