"""The REST API's routes, one module per kind of object, each a table `ROUTES` over small functions.

    call           one request: who asks for what, and the ways to answer or to refuse
    repositories   repositories and accounts
    contents       commits, branches, refs, trees, blobs, files, comparisons, tarballs
    pull_requests  pull requests
    issues         issues, comments, reactions, labels
    checks         statuses and check runs
    deployments    deployments, their statuses, environments
    apps           the app, its installation, tokens, deliveries, the rate limit

A function takes a `Call` and returns what is told as JSON, or a response of its own. Branches and paths may hold
slashes, so the more particular path stands before the more general one.
"""

from app.sandbox.github.routes import apps, checks, contents, deployments, issues, pull_requests, repositories

ROUTES = (
    *repositories.ROUTES,
    *checks.ROUTES,
    *contents.ROUTES,
    *pull_requests.ROUTES,
    *issues.ROUTES,
    *deployments.ROUTES,
    *apps.ROUTES,
)
