"""Diagnoses: what `mayfly doctor` says of one thing, in one line: whether it is well, what is wrong, how to mend it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Health(StrEnum):
    """How a thing is. UNSURE is what could not be tried, such as a call that the role may not make."""

    WELL = "ok"
    UNSURE = "unsure"
    ILL = "wrong"


@dataclass(frozen=True)
class Diagnosis:
    """One thing that was tried. `remedy` is what to do about it; a thing that is well needs none."""

    subject: str
    health: Health
    finding: str
    remedy: str = ""

    def line(self) -> str:
        """The one line for people."""
        said = f"{self.health:<7} {self.subject:<24} {self.finding}"
        return f"{said}; {self.remedy}" if self.remedy else said


def well(subject: str, finding: str) -> Diagnosis:
    """All is as it should be."""
    return Diagnosis(subject, Health.WELL, finding)


def unsure(subject: str, finding: str, remedy: str = "") -> Diagnosis:
    """Nobody can tell from here."""
    return Diagnosis(subject, Health.UNSURE, finding, remedy)


def ill(subject: str, finding: str, remedy: str) -> Diagnosis:
    """Something has to be mended."""
    return Diagnosis(subject, Health.ILL, finding, remedy)


def missing(wanted: Iterable[str], granted: Iterable[str]) -> list[str]:
    """What is wanted and not granted, in order."""
    return sorted(set(wanted) - set(granted))


def is_fit(diagnoses: Iterable[Diagnosis]) -> bool:
    """Whether nothing is known to be wrong."""
    return all(each.health is not Health.ILL for each in diagnoses)
