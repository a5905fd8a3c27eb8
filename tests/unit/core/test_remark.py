"""Remarks: each once, what matters first, and no flood."""

from app.core.remark import MOST_REMARKS, Level, Remark, arrange_remarks


def a_remark(level: Level = Level.WARNING, line: int = 1, file: str = "template.yaml") -> Remark:
    return Remark(level, "retained", "It stays.", file, line, "Table")


def test_two_stacks_of_one_template_make_a_remark_once() -> None:
    assert arrange_remarks([a_remark(), a_remark()]) == (a_remark(),)


def test_warnings_come_before_notices_and_lines_in_order() -> None:
    notice, second, first, elsewhere = (
        a_remark(Level.NOTICE),
        a_remark(line=9),
        a_remark(line=2),
        a_remark(file="a.yaml", line=50),
    )
    assert arrange_remarks([notice, second, first, elsewhere]) == (elsewhere, first, second, notice)


def test_a_flood_is_cut_at_its_least_important_end() -> None:
    flood = [a_remark(Level.NOTICE, line) for line in range(MOST_REMARKS)] + [a_remark(line=7)]
    kept = arrange_remarks(flood)
    assert len(kept) == MOST_REMARKS
    assert kept[0] == a_remark(line=7)
