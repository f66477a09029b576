"""`bekal recommender train | models | publish | rollback | fairness`: making models, and deciding which one serves."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bekal.cli.command import Command, Database
from bekal.cli.files import MOST_BUDGET, add_format, day, whole_amount
from bekal.cli.output import report, say
from bekal.cli.people import named_operator, named_person
from bekal.cli.recommender.batch import read
from bekal.cli.recommender.verdict import verdict_lines
from bekal.core.errors import Invalid

if TYPE_CHECKING:
    from bekal.recommender.models import Publication, TrainedModel


def _by(parser: ArgumentParser, *, without: str = "nobody is named") -> None:
    parser.add_argument(
        "--by",
        metavar="USER",
        help="the e-mail address of the person who does this, who is asked for a code of the authenticator app;"
        f" without it, {without}",
    )


_DECIDING: Final = "it is refused where anybody is an operator; where nobody is, as for the recommender alone, nobody is named"


def _configure_train(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--since",
        metavar="D",
        type=day,
        help="learn from what was bought from this day on, such as 2021-03-01; without it, from the first",
    )
    parser.add_argument(
        "--until", metavar="D", type=day, help="learn from what was bought up to this day, included; without it, to the last"
    )
    parser.add_argument(
        "--from",
        dest="folder",
        metavar="FOLDER",
        type=Path,
        help="learn from people.csv, history.csv and catalogue.csv in it; without it, from the purchases in the database",
    )
    parser.add_argument(
        "--budget",
        metavar="N",
        type=whole_amount(most=MOST_BUDGET),
        help="with --from: what everybody had to spend, in the units of the catalogue's prices, from 0 to"
        f" {MOST_BUDGET}, so that the gate judges by what could be bought; without it, prices do not matter",
    )
    add_format(parser)
    _by(parser)


def _train(arguments: Namespace) -> int:
    from bekal.recommender.training.learning import learnable, learnable_files
    from bekal.recommender.training.publishing import gate_refusals
    from bekal.recommender.training.services import train

    if arguments.folder is None and arguments.budget is not None:
        raise Invalid(reason="--budget goes with --from: of its own participants the platform knows what they had")
    trained_by = named_person(arguments.by)
    if arguments.folder is None:
        found = learnable(since=arguments.since, until=arguments.until)
    else:
        found = learnable_files(read(arguments), budget=arguments.budget)
    model = train(found=found, trained_by=trained_by)
    refused = gate_refusals(model)
    for reason in refused:
        say(f"the gate refuses it: {reason}")
    for reason in (model.fairness or {"shown": ()})["shown"]:
        say(f"the gate shows: {reason}")
    report(
        _facts(model) | {"refused": list(refused)},
        as_json=arguments.json,
        text=f"{_line(model)}\nPublish it with: bekal recommender publish {model.name}",
    )
    return 0


def _list(arguments: Namespace) -> int:
    from bekal.recommender.models import TrainedModel
    from bekal.recommender.training.publishing import present_publication

    present = present_publication()
    serves = present.model.name if present else None
    models = list(TrainedModel.objects.order_by("-pk"))
    lines = [f"{'* ' if model.name == serves else '  '}{_line(model)}" for model in models]
    report(
        {"serves": serves, "models": [_facts(model) for model in models]},
        as_json=arguments.json,
        text="\n".join(lines) or "no models",
    )
    return 0


def _configure_publish(parser: ArgumentParser) -> None:
    parser.add_argument("model", metavar="MODEL", help="the name of a trained model, as `bekal recommender models` lists it")
    _by(parser, without=_DECIDING)
    parser.add_argument(
        "--override-by",
        metavar="USER",
        help="an approver, neither who publishes nor who trained, who overrides the gate, and is asked for a code too;"
        " without it, the gate holds",
    )
    parser.add_argument(
        "--reason", metavar="TEXT", default="", help="why the gate is overridden; needed then, and refused without it"
    )


def _publish(arguments: Namespace) -> int:
    from bekal.recommender.training.publishing import model_named, publish

    publisher, overridden_by = named_operator(arguments.by), named_person(arguments.override_by)
    publication = publish(
        model=model_named(arguments.model), publisher=publisher, overridden_by=overridden_by, reason=arguments.reason
    )
    return _report_publication(publication, as_json=arguments.json)


def _configure_rollback(parser: ArgumentParser) -> None:
    _by(parser, without=_DECIDING)


def _roll_back(arguments: Namespace) -> int:
    from bekal.recommender.training.publishing import roll_back

    return _report_publication(roll_back(actor=named_operator(arguments.by)), as_json=arguments.json)


def _configure_fairness(parser: ArgumentParser) -> None:
    parser.add_argument("model", metavar="MODEL", help="the name of a trained model, as `bekal recommender models` lists it")


def _fairness(arguments: Namespace) -> int:
    from bekal.recommender.training.publishing import gate_refusals, model_named

    model = model_named(arguments.model)
    refused = gate_refusals(model)
    report(
        {"model": model.name, "passes": not refused, "refused": list(refused), "fairness": model.fairness},
        as_json=arguments.json,
        text="\n".join(verdict_lines(model.name, fairness=model.fairness, refused=refused)),
    )
    return 1 if refused else 0


def _report_publication(publication: "Publication", *, as_json: bool) -> int:
    facts = {
        "serves": publication.model.name,
        "since": publication.since.isoformat(),
        "published_by": publication.published_by.email if publication.published_by else None,
        "overridden_by": publication.overridden_by.email if publication.overridden_by else None,
    }
    report(facts, as_json=as_json, text=f"{publication.model.name} serves from now on")
    return 0


def _facts(model: "TrainedModel") -> dict[str, object]:
    return {
        "model": model.name,
        "trained_at": model.trained_at.isoformat(),
        "trained_by": model.trained_by.email if model.trained_by else None,
        "data_from": model.data_from.isoformat() if model.data_from else None,
        "data_until": model.data_until.isoformat() if model.data_until else None,
        "people": model.people,
        "purchases": model.purchases,
        "metrics": model.metrics,
        "is_fair": model.is_fair,
    }


def _line(model: "TrainedModel") -> str:
    from bekal.recommender.training.measuring import WHATEVER_IT_COSTS

    judged_by = (
        name for name in sorted(model.metrics) if not name.startswith("targets") and not name.endswith(WHATEVER_IT_COSTS)
    )
    measured = " ".join(f"{name}={model.metrics[name]:.4g}" for name in judged_by)
    verdict = {True: "fair", False: "NOT FAIR", None: "not judged"}[model.is_fair]
    return f"{model.name}  {model.people} people, {model.purchases} purchases  {verdict}  {measured}"


TRAIN = Command(
    name="train",
    help="learn from what was bought, measure how good and how fair that is, and write a model that can be published",
    example="bekal recommender train --by operator@example.org",
    database=Database.HOME,
    configure=_configure_train,
    run=_train,
)
MODELS = Command(
    name="models",
    help="list the trained models, newest first; a star marks the one that serves",
    example="bekal recommender models",
    database=Database.HOME,
    run=_list,
)
PUBLISH = Command(
    name="publish",
    help="let a model serve from now on, if the fairness gate lets it or a second person overrides the gate",
    example="bekal recommender publish MODEL --by operator@example.org",
    database=Database.HOME,
    configure=_configure_publish,
    run=_publish,
)
ROLLBACK = Command(
    name="rollback",
    help="let the model serve again that served before the present one",
    example="bekal recommender rollback --by operator@example.org",
    database=Database.HOME,
    configure=_configure_rollback,
    run=_roll_back,
)
FAIRNESS = Command(
    name="fairness",
    help="print a model's fairness verdict and its table by group; exit 1 where the gate refuses it",
    example="bekal recommender fairness MODEL",
    database=Database.HOME,
    configure=_configure_fairness,
    run=_fairness,
)
