"""How good models are, for whom, and how sure that is.

| file | answers |
|---|---|
| `dataset` | what an evaluation starts from |
| `splits` | what a model may learn from, and what it is then asked |
| `evaluate` | what models did |
| `figures` | how good that is, how they differ, and which is best |
| `bootstrap` | how sure a mean over people is |
| `fairness` | whether a model may be published: does it harm any group, beside the list of what is popular? |
| `summary` | a verdict in a few lines |

    splits = by_people(data, visible=("0", "1", "3"))
    found = evaluate(data, splits, {"popularity": Popularity.fit, "naive_bayes": NaiveBayes.fit})
    figures(data, found.first["1"])["naive_bayes"].ndcg_ci
"""

from bekal.recommender.engine.evaluation.dataset import NO_TIME, Dataset
from bekal.recommender.engine.evaluation.evaluate import (
    Evaluation,
    Fit,
    LeftOut,
    Measured,
    Rankings,
    Scorer,
    candidates,
    evaluate,
    rankings,
    within_balance,
)
from bekal.recommender.engine.evaluation.fairness import Exposure, Gap, Limits, Reason, Rule, Standing, Verdict, judge
from bekal.recommender.engine.evaluation.figures import Difference, Figures, Group, Winner, differences, figures, winners
from bekal.recommender.engine.evaluation.splits import Case, NobodyToAsk, Split, by_people, by_time, inner
from bekal.recommender.engine.evaluation.summary import Summary, summaries

__all__ = [
    "NO_TIME",
    "Case",
    "Dataset",
    "Difference",
    "Evaluation",
    "Exposure",
    "Figures",
    "Fit",
    "Gap",
    "Group",
    "LeftOut",
    "Limits",
    "Measured",
    "NobodyToAsk",
    "Rankings",
    "Reason",
    "Rule",
    "Scorer",
    "Split",
    "Standing",
    "Summary",
    "Verdict",
    "Winner",
    "by_people",
    "by_time",
    "candidates",
    "differences",
    "evaluate",
    "figures",
    "inner",
    "judge",
    "rankings",
    "summaries",
    "winners",
    "within_balance",
]
