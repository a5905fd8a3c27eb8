"""Figures as people read them, in one wording for every place."""


def tell_cost(dollars_per_month: float) -> str:
    """What something costs in a month, as an estimate; below a cent it is next to nothing."""
    if dollars_per_month < 0.01:
        return "less than $0.01 a month"
    return f"about ${dollars_per_month:,.2f} a month"
