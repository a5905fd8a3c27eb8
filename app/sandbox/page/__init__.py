"""The playground: a pull request and the Slack channel side by side, in a browser, to play with.

    playground     Playground: the server, its routes and its answers
    world          World: what the page shows and what can be done from it, as values and one protocol
    scene          the world at one moment as the fragments of HTML that the page swaps in
    markdown       GitHub's Markdown, as much as comments need
    mrkdwn         Slack's own markup
    templates/     the page and its fragments
    static/        its looks and its behaviour; nothing is fetched from elsewhere

The page knows no stand-in: whoever plugs things together gives it a `World`.
"""

from app.sandbox.page.playground import Playground
from app.sandbox.page.world import ChannelMessage, Check, Conversation, Entry, PullRequest, Stack, World

__all__ = ["ChannelMessage", "Check", "Conversation", "Entry", "Playground", "PullRequest", "Stack", "World"]
