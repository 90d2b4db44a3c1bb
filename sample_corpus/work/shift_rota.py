"""Shares out the night shifts of a small care home fairly.

Nobody works two nights in a row, nobody has more than a third of the weekends, and whoever has
waited longest is asked first. The rules were agreed with the staff in March 2022.
"""

from collections import defaultdict
from datetime import date, timedelta

REST = timedelta(days=2)  # the law asks for eleven hours; the staff asked for a whole day more


class Rota:
    """Who has which night, and what each has had so far."""

    def __init__(self, staff):
        self.staff = list(staff)
        self.nights = {}
        self.last = defaultdict(lambda: date.min)
        self.weekends = defaultdict(int)

    def fill(self, first, last):
        """Give every night from first to last to somebody.

        When no one is free the night stays open and is reported to the agency, which
        charges double; it is never forced on a person.
        """
        open_nights = []
        night = first
        while night <= last:
            person = self.choose(night)
            if person is None:
                open_nights.append(night)
            else:
                self.assign(person, night)
            night += timedelta(days=1)
        return open_nights

    def choose(self, night):
        """The one who has rested enough and whose last duty lies furthest back."""
        rested = [p for p in self.staff if night - self.last[p] >= REST]
        if night.weekday() >= 5:
            rested = [p for p in rested if self.weekends[p] <= min(self.weekends.values(), default=0)]
        return min(rested, key=lambda p: self.last[p], default=None)

    def assign(self, person, night):
        """Write it down."""
        self.nights[night] = person
        self.last[person] = night
        self.weekends[person] += night.weekday() >= 5

    def swap(self, one, other):
        """Two people change places; both must agree and the manager is told, not asked."""
        self.nights[one], self.nights[other] = self.nights[other], self.nights[one]
