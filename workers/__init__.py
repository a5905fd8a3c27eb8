"""The workers: they look, ask `app` what to do, do it and write it down, on a clock.

    __main__      `mayfly`: the command line with everything plugged in
    house         what every process needs: settings, database, wake-ups
    composition   the one place where adapters, passes and the engine are put together
    service       the long-running commands: serve, web, worker
    engine        turns wake-ups into passes, one at a time per key
    bell          tells the engine when to look for passes
    heartbeat     says that this process is alive and takes over from the dead
    clock         the only reader of the time
    logbook       one JSON line per event
    ports         what the passes need of the world, for the real thing and its twin

Passes, one room for each kind of key:

    intake        source       what a pull request or branch means: `wish` reads it, `settlement` writes it down
    reconciler    environment  observe, plan, guard, act, record: `observer`, `executor`, `preparation`, `chronicle`
    resync        resync       one round for all: GitHub, AWS and the records, as `survey` sees them
    recovery      recovery     one round for all: fetches the webhooks that never arrived
    reaper        reaper       one round for all: what nobody needs, as `tour`, `witness` and `casebook` find it
    reporter      report       tells of the reaper's rounds in Slack; `findings` carries out what people answer
    disposer      disposal     deletes one resource that outlived its stack
    upkeep        upkeep       one round for all: forgets what is old, mends wake-ups that were lost
    introduction  workspace    asks Slack whose bot Mayfly is, for the doors to know
    figures       figures      one line of figures for the log's alarms, one sample an hour for the charts
    follower      watch        one shared look at an account and region
    clerk         order        carries out what people type and click: `comment_orders`, `slack_orders`, `check_orders`
    notifier      announcement tells people, in each of the `places`, once: `telling`

What no environment is about is told to those who run the house by `alarm`.
"""
