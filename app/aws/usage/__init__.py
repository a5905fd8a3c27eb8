"""Use: whether anybody used a stack, as CloudWatch tells.

    signal     what a signal of use is: a metric, its statistic, its dimensions, and the amount that counts
    register   the types of resource and their signals, as data
    passive    the types that tell nothing of use by themselves, and are judged with the rest of their stack
    naming     a resource's physical id taken apart into what dimensions are made of
    metrics    GetMetricData, 500 signals a call
    series     dimensions that only CloudWatch knows: indexes, clients, filters
    facts      what else a signal needs: the names of REST APIs, the rules of buses, when a secret was read
    schedules  whether a stack's own schedules account for its invocations
    probe      asks in stages: the strong signals first, the rest only of what is still without use
    table      the register as the README shows it

What CloudWatch leaves out is zero: most serverless metrics are sent only when something happens. What it did not answer
(throttled, partial data, an internal error) is unknown, which is something else.
"""
