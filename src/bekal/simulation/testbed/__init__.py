"""A fair test of the recommender on people and trainings that are all synthetic: none of them exists.

What these people want is not of the form that any model of the recommender has, and most of it nobody observes. What an arm
does to them is known exactly, because the same people live under every arm with the same chances.

| file | holds |
|---|---|
| `chance` | random numbers that hang on who and what they are for, not on the order in which they are drawn |
| `world` | trainings and people, and what people want |
| `policies` | what a shelf shows: nothing, the popular, what a model recommends, a bundle |
| `life` | visits, attention, purchases, seats, completion |
| `experiments` | truth, experiments, and how often their intervals hold the truth |
| `curves` | the arms of the programme over responsiveness, over η, and learning from what they caused |
| `exploration` | off-policy estimates from the drawn place |

Pure numpy: no Django, no database.
"""
