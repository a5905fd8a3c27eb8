"""The fleet: one look at one account and region, with as few calls as it takes.

    standing   every stack that stands, by DescribeStacks; the resources of one that nobody else knows
    lists      what exists, by type: one list each, a thousand names a page where the service allows it
    tags       the tags of what exists, by ARN or of everything that a stack made
    arns       ARNs read as resources, and back
    catalog    the lists of one look, side by side
    loose      what belongs to no stack that stands: pure, from lists, tags and the ledger
    checks     whether what only the tagging API shows is really there
    strays     what to ask for before it can be said whether something is loose
    eyes       the order of it all, and what the next look need not ask

Where the resources of a stack are known (from our ledger, or from an earlier look that the stack has not changed since)
nothing is asked about them. A list that failed or broke off is named in `Look.unread`; what it would have shown is
unknown and never absent.
"""
