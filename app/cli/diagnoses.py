"""`mayfly doctor`, as it is printed: each line as soon as it is known, or all of them as JSON at the end."""

import json
import sys
from collections.abc import Iterable

from app.core.diagnosis import Diagnosis, is_fit


def tell_diagnoses(diagnoses: Iterable[Diagnosis], *, as_json: bool) -> list[Diagnosis]:
    """Print them; what was printed."""
    told = []
    for diagnosis in diagnoses:
        told.append(diagnosis)
        if not as_json:
            sys.stdout.write(f"{diagnosis.line()}\n")
            sys.stdout.flush()
    if as_json:
        sys.stdout.write(json.dumps(_report(told), indent=2, ensure_ascii=False) + "\n")
    return told


def _report(diagnoses: list[Diagnosis]) -> dict[str, object]:
    listed = [
        {"subject": each.subject, "health": each.health.value, "finding": each.finding, "remedy": each.remedy or None}
        for each in diagnoses
    ]
    return {"fit": is_fit(diagnoses), "diagnoses": listed}
