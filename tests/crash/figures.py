"""What the ledgers tell of time: how soon something was acknowledged, how soon a watcher heard of it, and shares of that."""
import dataclasses
import math

import scene


def share(values, percent):
    """The value that so many of a hundred do not exceed."""
    ordered = sorted(values)
    return ordered[max(math.ceil(len(ordered) * percent / 100) - 1, 0)]


@dataclasses.dataclass
class Span:
    """A stretch of the monotonic clock."""
    begin: float
    end: float

    def __contains__(self, at):
        return self.begin <= at < self.end


def first_sent(record):
    """(source, key) -> when it was sent for the first time."""
    sent = {}
    for name, steps in record.ledgers.items():
        for step in steps:
            if step["do"] == "sent":
                sent.setdefault((name, step["key"]), step["at"])
    return sent


def until_acked(record, span):
    """Seconds from the first sending to the first receipt, of what was first sent in the span."""
    sent, took = first_sent(record), {}
    for name, steps in record.ledgers.items():
        for step in steps:
            item = name, step["key"]
            if step["do"] == "acked" and item not in took and sent.get(item, 0) in span:
                took[item] = step["at"] - sent[item]
    return list(took.values())


def until_told(record, watchers, span):
    """Seconds from the first sending until each of these watchers was told."""
    sent = first_sent(record)
    logs = [record.seen if name == scene.ALL else record.watchers[name][1] for name in watchers]
    return [step["at"] - sent[step["source"], step["key"]] for log in logs for step in log
            if step["do"] == "feed" and sent.get((step.get("source"), step.get("key")), 0) in span]


def slope(points):
    """Of (x, y) by least squares."""
    n = len(points)
    mean_x, mean_y = (sum(p[i] for p in points) / n for i in (0, 1))
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0
