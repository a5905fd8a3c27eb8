"""The rules of the reaper: one file is one rule, pure, and knows nothing of the others.

    stuck        CloudFormation cannot go on by itself
    orphaned     its pull request or branch is gone
    expired      its environment's time is over, and it still stands
    leftover     it outlived its stack
    untracked    it bears our mark and is in no record
    idle         nothing in it was used
    over_quota   its environment is beyond a limit

Each has a `judge`, which takes a case and answers with a judgement or None, `GRACE`, how long people have before it is
due, and `OVER`, the sentence that is told when it is not true any more. `workers.judgement` asks them all.
"""
