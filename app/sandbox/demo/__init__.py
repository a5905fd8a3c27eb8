"""The demo: the main job, played against stand-ins on this machine.

example     the application that is deployed
program     `mayfly serve` in a process of its own
stage       AWS, GitHub, Slack, the program and the page, set up together and ended together
playing     the stage as the page's world: what a newcomer sees and can do
story       the walk of one pull request, step by step, each with its measured time
"""
