"""The number of participants of each organisation, in SQLite. Usage: participants.py URL FILE, with a token on standard input."""

import json
import sqlite3
import sys
from urllib.request import Request, urlopen

STEPS = {
    "programme.participant_enrolled": {"organisation": 1},
    "programme.participant_moved": {"previous": -1, "organisation": 1},
    "programme.participant_withdrew": {"organisation": -1},
}
"""The change of the count by each event type, for the organisations in its fields."""
(url, file), token = sys.argv[1:], sys.stdin.read().strip()
db = sqlite3.connect(file)
db.execute("create table if not exists place (only integer primary key check (only = 1), after integer not null)")
db.execute("create table if not exists participants (organisation text primary key, people integer not null)")
after = (db.execute("select after from place").fetchone() or (0,))[0]
more = True
while more:
    asked = f"{url}/api/v1/events?types={','.join(STEPS)}&limit=200&after={after}"
    with urlopen(Request(asked, headers={"Authorization": f"Bearer {token}"}), timeout=60) as answer:  # noqa: S310
        page = json.load(answer)
    with db:  # rows and position in one transaction: every event counts once, even if this is interrupted
        for event in page["items"]:
            for field, step in STEPS[event["type"]].items():
                db.execute(
                    "insert into participants values (?, ?) on conflict do update set people = people + excluded.people",
                    (event["data"][field] or "none", step),
                )
        db.execute("insert into place values (1, ?) on conflict do update set after = excluded.after", (page["next"],))
    more, after = page["next"] > after, page["next"]
db.close()
