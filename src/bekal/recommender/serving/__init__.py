"""Asking the published model, about one person or many.

| file | answers |
|---|---|
| `published` | which model serves, and its loading in each process |
| `offer`, `topics` | the catalogue of a model as it is today |
| `people` | what the model is told about a person |
| `active` | who can spend now |
| `queries` | what fits one participant |
| `outside` | what fits a person whom the platform does not know |
| `reasons`, `wording` | why, as data and in words |
"""
