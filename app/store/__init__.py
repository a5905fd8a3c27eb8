"""The store: the one place that speaks SQL, on SQLite for one machine and PostgreSQL for many.

    database       opens it: engine, pragmas, transactions, the clock that all processes share
    schema         brings it up to date
    tables         every table, with the meaning of each column
    inbox          deliveries: written by the door, read by intake
    arrivals       what comes in through any door, kept with its wake-ups
    missed         deliveries that never arrived, until they are fetched: written by the recovery
    sources        pull requests and branches, as last seen: written by intake
    environments   what is wanted, what is there, and their stacks: written by intake (wanted) and the reconciler
    deployments    attempts and outcomes: written by the reconciler
    decisions      why something was or was not done: the log behind `mayfly why`
    preparations   packaged commits and what was uploaded for them: written by the reconciler
    inventory      what stacks held that were to be deleted: written by the reconciler
    leaks          what outlived its stack: written by the reconciler, read by the reaper
    marks          what was asked for and not yet acted upon: written by the doors and the reaper
    orders         what people typed or clicked: written by the doors, carried out by the clerk
    workspace      the Slack workspace and app that are ours: written by a worker, asked by the door
    findings       what the reaper's rules say, and people's replies: written by the reaper, and by people's clicks
    rounds         a receipt of each of the reaper's rounds: written by the reaper
    outbox         what was told where: written by the notifier
    retention      how long everything is kept, and the forgetting of what is older: called by upkeep
    samples        how much there was, hour by hour: written by figures, drawn by the dashboard
    census         how much there is of everything: read by the metrics
    passes         the kinds of passes and their names
    lookout        sees cheaply whether any pass waits: for the engine
    wake           one queued pass per key, written by everyone through this module alone; heartbeats: who is alive

Every function takes a connection that its caller opened, so a transaction ends where the caller says. Rows stay in
here: what comes out are the frozen values of `app.core`.
"""
