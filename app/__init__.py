"""Mayfly: an isolated CloudFormation stack for every pull request, announced in Slack, gone when the branch is.

`app` knows and decides; `workers` look, ask `app` what to do, do it and write it down, on a clock.

The walk of a push, from door to door:

1. GitHub sends a webhook. `app.web.receiver` checks its signature, reads the few fields that say whose business it is
   (`app.github.events`) and hands it to `app.web.writer`, which keeps it and wakes its source in one transaction.
   Only then is it answered.
2. `workers.intake` is woken with the source's key. It looks at the pull request as it is now (`app.github.pulls`),
   reads `.mayfly.yml` at that commit (`app.repository_file`) and writes down what is wanted (`workers.settlement`).
3. `workers.reconciler` is woken with the environment's name. `workers.observer` brings the records up to what
   CloudFormation says, `app.core.plan` decides the next step and says why, `app.core.guard` takes out what must not
   be touched, `workers.executor` does it. A pass waits for nothing.
4. `workers.follower` watches each account and region while something is under way there, with one call for all
   stacks, and wakes the environments that moved. So the walk returns to 3 until there is nothing left to do.
5. `workers.notifier` is woken whenever an environment changed. It makes one announcement from the records
   (`app.core.announcement`) and tells it in each place (`app.slack.blocks`, `app.github.markdown`), once, editing from
   then on.

A closed pull request or a deleted branch takes the same walk: at 2 the wish becomes "gone", at 3 the plan takes the
stacks away and looks for what they left.

A wake-up carries a key and no event, and every pass reads the world anew. So webhooks may come late, twice or never,
and a process may die at any moment: the next pass goes on from what is really there.

Floors, from the bottom: `core` (words and decisions, pure); `store`, `github`, `aws`, `slack` (adapters, strangers to
each other) beside the reaper's `rules`, `settings`, `repository_file` and `sandbox`; `report` and `sorting`; `web` and
`cli` (doors); `workers`. Arrows point down only, and `make check` enforces it.
"""
