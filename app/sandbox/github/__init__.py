"""A small GitHub on this machine: real HTTP, real commits, signed webhooks, and faults on demand.

    sandbox       `GitHubSandbox`: start it, act on it, look into it
    acts/         what people do, each act with the events that it sends
    world         what exists, as plain records
    git           blobs, trees and commits, with git's own names for them
    tarball       a commit as the archive that GitHub sends
    payloads/     the world in GitHub's words, for API and webhooks
    routes/       the REST API, as tables of small functions
    graphql       the few GraphQL queries that read branches and pull requests
    selection     what a GraphQL query asks for
    api           HTTP around both: tokens, ETags, the log of requests
    identity      personal tokens, the app's JWT, installation tokens
    workflows     identity tokens of Actions jobs, and the keys by which they are known
    delivery      webhooks: signatures, order, log, redelivery
    faults        what goes wrong on purpose
    conversation  a pull request's whole story, for a page to show

An act changes the world under its lock and queues its events; the courier's thread delivers them. A request runs under
the same lock and goes through the same acts.
"""

from app.sandbox.github.api import Asked
from app.sandbox.github.conversation import Conversation
from app.sandbox.github.delivery import Delivery, Hook
from app.sandbox.github.faults import Faults
from app.sandbox.github.git import Content, File
from app.sandbox.github.sandbox import GitHubSandbox

__all__ = ["Asked", "Content", "Conversation", "Delivery", "Faults", "File", "GitHubSandbox", "Hook"]
