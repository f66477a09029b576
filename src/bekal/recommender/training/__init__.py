"""Making models and deciding which one serves.

| file | answers |
|---|---|
| `learning`, `folders` | what a model learns from: the platform's own purchases, or a folder of files |
| `measuring` | how good and how fair a model is for people whom it did not learn from |
| `worth` | what using up a balance is worth (η) |
| `exposure` | which courses are held back, so that none is on too many pages |
| `readying` | what a model serves with: what is held back, the floor of bundles, η |
| `services` | one training, from what was bought to a file and its row |
| `publishing` | the gate, its override by a second person, the way back |
"""
