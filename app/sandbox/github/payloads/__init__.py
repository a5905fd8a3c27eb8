"""The world in GitHub's words: one module per kind of object, for the API's answers and the webhooks alike.

    site           addresses and times
    users          people, bots, organisations
    repositories   repositories, whole and short
    commits        commits, what they changed, branches, refs, comparisons
    contents       trees, blobs, files at a commit
    pull_requests  pull requests, whole and listed
    issues         a pull request's other face: issue, comments, reactions, labels
    checks         statuses and check runs
    deployments    deployments, their statuses, environments
    apps           the app, its installation, its tokens, its deliveries
    events         the bodies of webhooks

An object is told in full wherever it appears, a superset of what each place demands: GitHub's published schemas, which
the contract test parses everything with, allow more than they ask for.
"""
