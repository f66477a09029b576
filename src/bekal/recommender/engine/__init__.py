"""Which course fits: a library of numpy arrays that knows neither Django nor a database.

| file | answers |
|---|---|
| `data` | what goes in: histories, demographics, a catalogue with prices |
| `base` | what every model can do: learn, score, recommend, explain |
| `popularity`, `segments`, `naive_bayes`, `item_knn`, `ease` | the models that ours is compared with |
| `blended` | our model, `Bekal` |
| `ridge`, `partners`, `blending`, `validation` | what it is made of, and how the data choose it |
| `choices`, `tastes`, `lifts`, `support` | what groups like and what follows what, beside what people could have taken |
| `tables` | a model as sums of whole numbers |
| `choosing` | what is on offer to a person, and what an item counts |
| `affordable` | the best list of what a balance can buy |
| `bundles`, `kernels` | the best set that a balance can buy |
| `batch` | both at once, for one person and for many people |
| `cluster` | the same on several machines; needs the extra `bekal[cluster]` |
| `metrics` | how good a ranking is |
| `store` | a model as one file |

All functions raise ValueError on input that is wrong; `store` has errors of its own. Nothing here keeps state, so threads may
share models and containers.

    attributes = tuple(Attribute.observed(name, (row[name] for row in rows)) for name in ("sex", "age_band", "education"))
    model = Bekal.fit(Interactions.from_pairs(…), Demographics.encode(attributes, rows))
    person = Demographics.encode(model.attributes, [{"sex": "F", "age_band": age_band(27), "education": "SMA"}])
    history = Interactions.from_lists([catalogue.items_of(codes_bought)], item_count=model.item_count)
    best = model.recommend(person, history, catalogue=catalogue, balances_idr=[258_000], allowed=open_now)
    why = model.contributions(person, history, item=int(best.items[0, 0]))
"""

from bekal.recommender.engine.affordable import best_list, top_affordable
from bekal.recommender.engine.base import Contribution, Recommendations, Recommender, Source
from bekal.recommender.engine.blended import Bekal
from bekal.recommender.engine.bundles import Bundle, best_bundle, best_use_of_balance
from bekal.recommender.engine.choosing import NO_FLOOR, Choosing, use_of_balance
from bekal.recommender.engine.data import UNKNOWN, Attribute, Catalogue, Demographics, Interactions, age_band
from bekal.recommender.engine.ease import EASE
from bekal.recommender.engine.item_knn import ItemKNN
from bekal.recommender.engine.naive_bayes import NaiveBayes
from bekal.recommender.engine.popularity import Popularity
from bekal.recommender.engine.segments import Segments
from bekal.recommender.engine.store import Manifest, ModelRefused, load_model, read_manifest, save_model
from bekal.recommender.engine.tables import Layout, Tables

__all__ = [
    "EASE",
    "NO_FLOOR",
    "UNKNOWN",
    "Attribute",
    "Bekal",
    "Bundle",
    "Catalogue",
    "Choosing",
    "Contribution",
    "Demographics",
    "Interactions",
    "ItemKNN",
    "Layout",
    "Manifest",
    "ModelRefused",
    "NaiveBayes",
    "Popularity",
    "Recommendations",
    "Recommender",
    "Segments",
    "Source",
    "Tables",
    "age_band",
    "best_bundle",
    "best_list",
    "best_use_of_balance",
    "load_model",
    "read_manifest",
    "save_model",
    "top_affordable",
    "use_of_balance",
]
