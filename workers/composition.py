"""The composition: the one place where adapters, passes and the engine are plugged together, in reading order."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from pydantic import SecretStr

from app.aws.allowance import Allowance
from app.aws.client import AccountRole, Aws
from app.aws.cloud import Cloud
from app.aws.disposal import Disposal
from app.aws.estate import Estate
from app.aws.fleet.eyes import Eyes
from app.aws.prices import prices_of
from app.aws.queue import Queue
from app.aws.quotas import read_roles, read_stacks
from app.aws.roster import Roster
from app.core.admission import Limits
from app.core.errors import ConfigurationError
from app.core.reaping import Mode, Policy
from app.github.client import GitHub, connect_github
from app.github.deliveries import DeliveryLog
from app.github.people import access_of
from app.github.pulls import Pulls
from app.settings import Settings
from app.slack.client import Slack
from app.sorting import Sorter
from app.store.orders import Origin
from app.store.schema import installation_id
from app.store.wake import Kind
from workers.acts import Steering, usual_acts
from workers.alarm import Alarm
from workers.casebook import GRACES
from workers.channel import Channels
from workers.check_orders import CheckOrders
from workers.clerk import Clerk, Office
from workers.comment_orders import CommentOrders
from workers.commits import Commits
from workers.disposer import Disposer
from workers.engine import Engine, PassFunction
from workers.executor import Executor
from workers.figures import Figures
from workers.findings import finding_acts
from workers.follower import Follower
from workers.gate import Gate
from workers.house import House
from workers.inquiry import Inquiry, places_in
from workers.intake import Intake
from workers.introduction import Introduction
from workers.listener import Listener
from workers.lookout import Lookout
from workers.mentions import Mentions
from workers.notifier import Notifier
from workers.observer import Observer
from workers.pace import Pace
from workers.people import People
from workers.places import Places
from workers.preparation import Preparer
from workers.reaper import Reaper
from workers.reconciler import Reconciler
from workers.recovery import Recovery
from workers.reporter import Reporter
from workers.resync import Resync
from workers.slack_orders import SlackOrders
from workers.steward import Steward
from workers.survey import Survey
from workers.ticket_requests import TicketRequests
from workers.tour import Terms, Tour
from workers.upkeep import Upkeep
from workers.wish import WishReader
from workers.witness import Witness


@dataclass(frozen=True)
class World:
    """GitHub, AWS and Slack as this server may reach them."""

    github: GitHub
    slack: Slack | None
    aws: Aws
    cloud: Cloud
    pulls: Pulls
    installation: str


def connect(house: House) -> World:
    """The adapters. Raises ConfigurationError where a setting is missing."""
    settings = house.settings
    github, aws = connect_to_github(settings), connect_to_aws(settings)
    with house.database.read() as connection:
        installation = installation_id(connection)
    allowance = Allowance(aws, (read_stacks, read_roles), house.clock)
    cloud = Cloud(aws, settings.aws.execution_role_arn, allowance)
    return World(github, connect_to_slack(settings), aws, cloud, Pulls(github), installation)


def make_engine(house: House) -> Engine:
    """The engine with all its passes. Raises ConfigurationError where a setting is missing."""
    return Engine(house.database, house.wakes, make_passes(house))


def make_passes(house: House) -> Mapping[Kind, PassFunction]:
    """One pass function for each kind of key."""
    settings, database, wakes, clock, world = house.settings, house.database, house.wakes, house.clock, connect(house)
    inquiry = Inquiry(world.cloud, places_in(database))
    observer = Observer(world.cloud, inquiry, world.installation, clock)
    lookout = Lookout(database, wakes, observer, clock)
    preparer = Preparer(database, world.github, world.aws, settings.aws.artifact_bucket, clock)
    executor = Executor(database, wakes, world.cloud, Estate(world.aws), preparer, observer, clock)
    wishes = WishReader(world.pulls, world.aws.places, settings.shared_tickets)
    pace, slack = Pace(), settings.slack
    return {
        Kind.SOURCE: Intake(database, wakes, world.pulls, wishes, clock),
        Kind.ENVIRONMENT: Reconciler(
            database,
            wakes,
            lookout,
            executor,
            make_gate(house),
            make_steward(house),
            world.installation,
            clock,
            prices_of,
        ),
        Kind.WATCH: Follower(database, wakes, world.cloud, clock),
        Kind.ANNOUNCEMENT: Notifier(database, make_places(house, world), clock, pace),
        Kind.ORDER: make_clerk(house, world),
        Kind.RESYNC: make_resync(house, world),
        Kind.RECOVERY: make_recovery(house, world),
        Kind.REAPER: make_reaper(house, world),
        Kind.DISPOSAL: Disposer(database, wakes, Disposal(world.aws), Eyes(world.aws, prices_of), clock),
        Kind.REPORT: Reporter(database, world.slack, slack.reaper_channel or slack.channel, pace, clock),
        Kind.UPKEEP: Upkeep(database, wakes, clock),
        Kind.WORKSPACE: Introduction(database, world.slack),
        Kind.FIGURES: Figures(database, clock),
    }


def make_places(house: House, world: World) -> Places:
    """Where environments are announced."""
    settings = house.settings
    people = People(world.github, world.slack, settings.slack.users)
    mentions = Mentions(people.slack_user, house.clock)
    channels = Channels(world.slack, settings.slack.channel, mentions.of) if world.slack else None
    return Places(world.github, channels, Commits(world.github, world.pulls.file, settings.public_url))


def make_steward(house: House) -> Steward:
    """Who attends to marks and lifetimes."""
    return Steward(house.wakes, house.settings.lifetime.span_of_life())


def make_listener(house: House) -> Listener | None:
    """Who hears stack status changes, where the settings name a queue."""
    url = house.settings.aws.event_queue_url
    if url is None:
        return None
    return Listener(house.database, house.wakes, Queue(connect_to_aws(house.settings), url), house.clock)


def make_clerk(house: House, world: World) -> Clerk:
    """Who carries out what people type and click."""
    database, wakes, settings = house.database, house.wakes, house.settings
    lifetime = settings.lifetime.span_of_life()
    steering, access = Steering(database, wakes, lifetime), partial(access_of, world.github)
    comments = CommentOrders(database, wakes, world.github, world.pulls, access, steering, lifetime.zone)
    people = People(world.github, world.slack, settings.slack.users)
    acts = {**usual_acts(steering, make_resync(house, world)), **finding_acts(database, wakes)}
    slack = SlackOrders(database, people, access, steering, lifetime.zone, settings.slack.api_url, acts)
    offices: dict[Origin, Office] = {
        Origin.COMMENT: comments,
        Origin.CHECK: CheckOrders(database, access, acts),
        Origin.SLACK_CLICK: slack,
        Origin.SLACK_COMMAND: slack,
        Origin.INTAKE: TicketRequests(database, world.github),
    }
    return Clerk(database, offices, house.clock)


def make_gate(house: House) -> Gate:
    """The limits."""
    return Gate(house.wakes, make_limits(house.settings), house.settings.limits.concurrent_creates)


def make_limits(settings: Settings) -> Limits:
    """How many environments there may be."""
    limits = settings.limits
    return Limits(limits.environments, limits.per_repository, limits.per_author)


def make_alarm(house: House, world: World) -> Alarm:
    """Who calls the people who run the house."""
    slack = house.settings.slack
    return Alarm(house.database, world.slack, slack.reaper_channel or slack.channel, house.clock)


def make_reaper(house: House, world: World) -> Reaper:
    """The rounds that find what nobody needs any more."""
    settings, clock = house.settings, house.clock
    policy = Policy(Mode(settings.reaper.mode), {**GRACES, **settings.reaper.grace})
    lifetime, limits = settings.lifetime.span_of_life(), make_limits(settings)
    terms = Terms(policy, settings.reaper.schedule, settings.reaper.idle_window, limits, lifetime, world.installation)
    witness = Witness(make_survey(house, world), world.pulls)
    tour = Tour(house.database, Roster(world.aws, Eyes(world.aws, prices_of)), witness, terms, clock)
    return Reaper(house.database, house.wakes, tour, clock, make_alarm(house, world))


def make_survey(house: House, world: World) -> Survey:
    """What a round sees of GitHub and AWS."""
    return Survey(world.github, world.aws, world.cloud, world.installation, house.settings.github.repositories)


def make_recovery(house: House, world: World) -> Recovery:
    """What fetches the deliveries that never arrived."""
    sent = DeliveryLog(world.github) if world.github.is_app else None
    sorter = Sorter(house.settings.github.repositories)
    return Recovery(house.database, house.wakes, sent, sorter, house.clock)


def make_resync(house: House, world: World) -> Resync:
    """The round that heals whatever was lost."""
    settings = house.settings
    survey, alarm, timing = make_survey(house, world), make_alarm(house, world), settings.resync
    return Resync(house.database, house.wakes, world.pulls, survey, timing.every, timing.grace, house.clock, alarm)


def connect_to_github(settings: Settings) -> GitHub:
    """GitHub with the credentials of the settings. Raises ConfigurationError where there are none."""
    configured = settings.github
    if configured.token is None and not (configured.app_id and configured.private_key):
        raise ConfigurationError(
            "no GitHub credentials: set MAYFLY_GITHUB__APP_ID and MAYFLY_GITHUB__PRIVATE_KEY, or MAYFLY_GITHUB__TOKEN"
        )
    return connect_github(
        configured.api_url, _reveal(configured.token), configured.app_id, _reveal(configured.private_key)
    )


def connect_to_slack(settings: Settings) -> Slack | None:
    """Slack, or None where it is off."""
    token = _reveal(settings.slack.bot_token)
    return Slack(token, settings.slack.api_url) if token else None


def connect_to_aws(settings: Settings) -> Aws:
    """AWS in the regions and accounts that the settings allow."""
    roles = {
        name: AccountRole(account.role_arn, account.external_id, tuple(account.regions))
        for name, account in settings.aws.accounts.items()
    }
    return Aws(settings.aws.regions, roles)


def _reveal(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None
