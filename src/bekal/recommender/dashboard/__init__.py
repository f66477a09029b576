"""The shelves that a participant sees, and the experiment that they are.

| file | answers |
|---|---|
| `arms` | which arm of the experiment a participant is in |
| `shelves`, `popular` | what each arm shows |
| `impressions` | what was shown, and when it came into view |
| `uplift` | what the arms did to the people in them |
"""
