"""A fleet of stacks on a small AWS of its own: the reading half of a dozen services, with pages, rates and latency.

world     what stands, the truth about it, and how to put things there
door      HTTP: the query, JSON and REST protocols of these calls, a log of them, throttling and faults
answers   what each call answers
"""
