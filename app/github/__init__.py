"""GitHub, as far as Mayfly reads and writes it.

    signature   whether a webhook was signed with one of our secrets
    events      the few fields of a webhook that say whose business it is
    client      the API: authentication, one request, GitHub's faults as our errors
    deliveries  GitHub's log of what it sent
    pulls       pull requests, branches and files as they are now
    comments    the one comment that a pull request gets
    markdown    an announcement as that comment
    checks      the check run on a commit
    statuses    the commit status, where Mayfly has no App to speak as
    deployments the deployment that GitHub shows, and its end
    workflows   which repository's workflow asks, by the token that GitHub gave it
    verdicts    what there is to say of a commit, in the form of each of the three

A payload is a hint and never believed: whatever is acted on is read from the API at that moment. Addresses are built
from names and the configured base, never taken from a payload.
"""
