"""A made-up Sales Scorecard database: the SQLite file of the application that is to be migrated, of any size.

Shaped as Prisma leaves such a file: text cuids, DATETIME as milliseconds since 1970 where the application wrote it and
as text where SQL did, BOOLEAN as 0 and 1, a column called `order`, an implicit many-to-many table without a key,
English and Bulgarian text. The same seed gives the same content; it must hold no name, address or token of anyone.
"""

# ruff: noqa: RUF001 - half of the text is Bulgarian
from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

SMALLEST = 200
"""Fewer rows than this do not give every table some."""

Row = tuple[Any, ...]

_BOOLEAN = "BOOLEAN NOT NULL DEFAULT true"
_CREATED = "DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP"
_TIMES = {"createdAt": _CREATED, "updatedAt": "DATETIME NOT NULL"}
_TEXT, _ID = "TEXT NOT NULL", "TEXT NOT NULL PRIMARY KEY"

TABLES: Mapping[str, Mapping[str, str]] = {
    "users": {"id": _ID, "email": _TEXT, "displayName": _TEXT, "role": _TEXT, "isActive": _BOOLEAN, **_TIMES},
    "regions": {"id": _ID, "name": _TEXT, **_TIMES},
    "teams": {"id": _ID, "name": _TEXT, "regionId": _TEXT, **_TIMES, "managerId": "TEXT"},
    "salespeople": {
        "id": _ID, "firstName": _TEXT, "lastName": _TEXT, "email": "TEXT", "teamId": _TEXT, "isActive": _BOOLEAN,
        **_TIMES,
    },
    "behavior_categories": {
        "id": _ID, "name": _TEXT, "order": "INTEGER NOT NULL", "weight": "REAL NOT NULL DEFAULT 1.0", **_TIMES,
    },
    "behavior_items": {
        "id": _ID, "name": _TEXT, "order": "INTEGER NOT NULL", "isActive": _BOOLEAN, "categoryId": _TEXT, **_TIMES,
    },
    "evaluations": {
        "id": _ID, "salespersonId": _TEXT, "managerId": _TEXT, "visitDate": "DATETIME NOT NULL", "customerName": "TEXT",
        "location": "TEXT", "overallComment": "TEXT", "overallScore": "REAL", "version": "INTEGER NOT NULL DEFAULT 1",
        **_TIMES,
    },
    "evaluation_items": {
        "id": _ID, "evaluationId": _TEXT, "behaviorItemId": _TEXT, "rating": "INTEGER", "comment": "TEXT", **_TIMES,
    },
    "user_regions": {"id": _ID, "userId": _TEXT, "regionId": _TEXT},
    "user_teams": {"id": _ID, "userId": _TEXT, "teamId": _TEXT},
    "audit_logs": {
        "id": _ID, "userId": _TEXT, "action": _TEXT, "entity": _TEXT, "entityId": "TEXT", "payload": "TEXT",
        "ip": "TEXT", "userAgent": "TEXT", "createdAt": _CREATED,
    },
    "invites": {
        "id": _ID, "email": _TEXT, "role": _TEXT, "token": _TEXT, "expiresAt": "DATETIME NOT NULL",
        "usedAt": "DATETIME", "createdAt": _CREATED,
    },
    "_RegionManager": {"A": _TEXT, "B": _TEXT},
}  # fmt: skip
"""Table -> column -> SQLite type and constraints, in the order of the file."""

_REFERENCES = {
    "teams": {"regionId": ("regions", "RESTRICT"), "managerId": ("users", "SET NULL")},
    "salespeople": {"teamId": ("teams", "RESTRICT")},
    "behavior_items": {"categoryId": ("behavior_categories", "RESTRICT")},
    "evaluations": {"salespersonId": ("salespeople", "RESTRICT"), "managerId": ("users", "RESTRICT")},
    "evaluation_items": {
        "evaluationId": ("evaluations", "RESTRICT"), "behaviorItemId": ("behavior_items", "RESTRICT"),
    },
    "user_regions": {"userId": ("users", "RESTRICT"), "regionId": ("regions", "RESTRICT")},
    "user_teams": {"userId": ("users", "RESTRICT"), "teamId": ("teams", "RESTRICT")},
    "audit_logs": {"userId": ("users", "RESTRICT")},
    "_RegionManager": {"A": ("regions", "CASCADE"), "B": ("users", "CASCADE")},
}  # fmt: skip
_INDEXES = (
    ("UNIQUE", "users_email_key", "users", ("email",)),
    (
        "UNIQUE",
        "evaluation_items_evaluationId_behaviorItemId_key",
        "evaluation_items",
        ("evaluationId", "behaviorItemId"),
    ),
    ("UNIQUE", "user_regions_userId_regionId_key", "user_regions", ("userId", "regionId")),
    ("UNIQUE", "user_teams_userId_teamId_key", "user_teams", ("userId", "teamId")),
    ("UNIQUE", "invites_token_key", "invites", ("token",)),
    ("UNIQUE", "_RegionManager_AB_unique", "_RegionManager", ("A", "B")),
    ("", "_RegionManager_B_index", "_RegionManager", ("B",)),
)

_ROLES = (
    "SALESPERSON",
    "SALES_LEAD",
    "SALES_MANAGER",
    "REGIONAL_SALES_MANAGER",
    "SALES_DIRECTOR",
    "ADMIN",
    "REGIONAL_MANAGER",
)
_REGIONS = ("София", "Пловдив", "Варна", "Бургас", "Русе", "North", "South", "Black Sea coast")
_FIRST = ("Иван", "Мария", "Georgi", "Елена", "Dimitar", "Надежда", "Peter", "Ралица", "Stefan", "Йоана")
_LAST = ("Петров", "Ivanova", "Димитрова", "Georgiev", "Колев", "Stoyanova", "О'Брайън", "Ангелова")
_CATEGORIES = (
    ("Preparation / Подготовка", ("Route plan", "Цели на посещението", "Visit history", "Материали", "Appearance")),
    ("Discovery / Откриване", ("Open questions", "Активно слушане", "Needs", "Бюджет", "Decision maker")),
    ("Presentation / Презентация", ("Benefits", "Продуктови знания", "Demo", "Възражения", "Price")),
    ("Closing / Приключване", ("Next step", "Поръчка", "Summary", "Благодарност", "Follow-up")),
)
_CUSTOMERS = (
    "Магазин „Витоша“",
    "Alpha Trade Ltd.",
    "ЕТ „Слънце“",
    "O'Neil & Sons",
    "Аптека 24/7",
    "Café ☕ Левски",
    None,
)
_COMMENTS = (
    "Отлично посещение, ясни цели.", "Needs to listen more.", "Клиентът поиска оферта до петък.\nСледва обаждане.",
    'Said "call me next week"; 50% discount asked.', "Добра подготовка — слабо приключване.", "", None, None, None,
)  # fmt: skip
_AGENTS = ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1)", "Mozilla/5.0 (X11; Linux x86_64)", "okhttp/4.12.0", None)
_ACTIONS = ("CREATE", "UPDATE", "DELETE", "LOGIN", "EXPORT")
_START, _SPAN = int(datetime(2025, 1, 6, tzinfo=UTC).timestamp() * 1000), 320 * 24 * 3600 * 1000


def write_scorecard(path: Path, rows: int, seed: int = 7) -> int:
    """Write a new database of exactly `rows` rows over all tables (at least `SMALLEST`); returns their number.

    Raises FileExistsError rather than touch a file that is there, ValueError for fewer rows than `SMALLEST`.
    """
    if rows < SMALLEST:
        raise ValueError(f"a scorecard has at least {SMALLEST} rows, not {rows}")
    if path.exists():
        raise FileExistsError(f"{path} exists already")
    database = sqlite3.connect(path, isolation_level=None)
    try:
        database.execute("PRAGMA synchronous = OFF")
        database.execute("BEGIN")
        for table in TABLES:
            database.execute(_create_table(table))
        made = _Scorecard(random.Random(seed))  # noqa: S311 - the same data for the same seed, no secrets
        _fill(made, rows, lambda table, content: _insert(database, table, content))
        for unique, name, table, columns in _INDEXES:
            listed = ", ".join(f'"{column}"' for column in columns)
            database.execute(f'CREATE {unique} INDEX "{name}" ON "{table}" ({listed})')
        database.execute("COMMIT")
    finally:
        database.close()
    return rows


def _create_table(table: str) -> str:
    lines = [f'"{column}" {declared}' for column, declared in TABLES[table].items()]
    for column, (target, on_delete) in _REFERENCES.get(table, {}).items():
        key = f'CONSTRAINT "{table}_{column}_fkey" FOREIGN KEY ("{column}") REFERENCES "{target}" ("id")'
        lines.append(f"{key} ON DELETE {on_delete} ON UPDATE CASCADE")
    return f'CREATE TABLE "{table}" (\n    ' + ",\n    ".join(lines) + "\n)"


def _insert(database: sqlite3.Connection, table: str, content: Iterable[Row]) -> int:
    marks = ", ".join("?" * len(TABLES[table]))
    statement = f'INSERT INTO "{table}" VALUES ({marks})'  # noqa: S608 - the tables are the ones above
    return database.executemany(statement, content).rowcount


def _fill(made: _Scorecard, rows: int, insert: Callable[[str, Iterable[Row]], int]) -> None:
    """Fills the small tables first, the big ones with what is left, and the log to the last row."""
    left = rows
    left -= insert("users", made.users(8 + rows // 4000))
    left -= insert("regions", made.regions())
    left -= insert("teams", made.teams(6 + rows // 6000))
    left -= insert("salespeople", made.salespeople(12 + rows // 700))
    left -= insert("behavior_categories", made.categories())
    left -= insert("behavior_items", made.items())
    left -= insert("user_regions", made.pairs("user_regions", made.region_ids))
    left -= insert("user_teams", made.pairs("user_teams", made.team_ids))
    left -= insert("_RegionManager", made.region_managers())
    left -= insert("invites", made.invites(3 + rows // 2000))
    evaluations = list(made.evaluations(max(1, left // 17)))
    left -= insert("evaluations", evaluations)
    left -= insert("evaluation_items", made.evaluation_items([row[0] for row in evaluations]))
    insert("audit_logs", made.audit_logs(left))


@dataclass
class _Scorecard:
    """Makes the rows; remembers the ids others refer to."""

    random: random.Random
    user_ids: list[str] = field(default_factory=list)
    region_ids: list[str] = field(default_factory=list)
    team_ids: list[str] = field(default_factory=list)
    salesperson_ids: list[str] = field(default_factory=list)
    category_ids: list[str] = field(default_factory=list)
    item_ids: list[str] = field(default_factory=list)
    _ids: int = 0

    def _id(self) -> str:
        """25 characters and sortable by age, as a cuid is."""
        self._ids += 1
        return f"cm{self._ids:08x}{self.random.getrandbits(60):015x}"

    def _moment(self) -> int:
        return _START + int(self.random.random() * _SPAN)

    def _times(self) -> tuple[int, int]:
        created = self._moment()
        return created, created + self.random.randrange(0, 10**9)

    def _seeded(self) -> tuple[str, str]:
        """Times of a row that SQL inserted: one as CURRENT_TIMESTAMP writes it, one in ISO 8601."""
        moment = datetime.fromtimestamp(self._moment() // 1000, UTC)
        return f"{moment:%Y-%m-%d %H:%M:%S}", f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"

    def users(self, count: int) -> Iterator[Row]:
        for index in range(count):
            self.user_ids.append(self._id())
            role = "Sales Director" if index == 3 else _ROLES[index % len(_ROLES)]
            times = self._seeded() if index == 3 else self._times()
            name = f"{self.random.choice(_FIRST)} {self.random.choice(_LAST)}"
            yield (self.user_ids[-1], f"user{index}@example.com", name, role, int(index % 11 != 10), *times)

    def regions(self) -> Iterator[Row]:
        for name in _REGIONS:
            self.region_ids.append(self._id())
            yield (self.region_ids[-1], name, *self._seeded())

    def teams(self, count: int) -> Iterator[Row]:
        for index in range(count):
            self.team_ids.append(self._id())
            manager = None if index % 5 == 4 else self.random.choice(self.user_ids)
            yield (self.team_ids[-1], f"Екип {index + 1}", self.random.choice(self.region_ids), *self._times(), manager)

    def salespeople(self, count: int) -> Iterator[Row]:
        for index in range(count):
            self.salesperson_ids.append(self._id())
            names = self.random.choice(_FIRST), self.random.choice(_LAST)
            email = None if index % 6 == 5 else f"sales{index}@example.com"
            team = self.random.choice(self.team_ids)
            yield (self.salesperson_ids[-1], *names, email, team, int(index % 9 != 8), *self._times())

    def categories(self) -> Iterator[Row]:
        for order, (name, _) in enumerate(_CATEGORIES, 1):
            self.category_ids.append(self._id())
            yield (self.category_ids[-1], name, order, 0.25, *self._seeded())

    def items(self) -> Iterator[Row]:
        for category, (_, names) in zip(self.category_ids, _CATEGORIES, strict=True):
            for order, name in enumerate(names, 1):
                self.item_ids.append(self._id())
                yield (self.item_ids[-1], name, order, 1, category, *self._seeded())

    def pairs(self, table: str, others: Sequence[str]) -> Iterator[Row]:
        """One row per user that belongs somewhere."""
        for index, user in enumerate(self.user_ids):
            if index % 3 or table == "user_teams":
                yield (self._id(), user, self.random.choice(others))

    def region_managers(self) -> Iterator[Row]:
        for index, region in enumerate(self.region_ids):
            yield (region, self.user_ids[index % len(self.user_ids)])

    def invites(self, count: int) -> Iterator[Row]:
        for index in range(count):
            created = self._moment()
            used = created + 3_600_000 if index % 2 else None
            token = f"{self.random.getrandbits(128):032x}"
            role, expires = _ROLES[index % len(_ROLES)], created + 7 * 24 * 3_600_000
            yield (self._id(), f"invited{index}@example.com", role, token, expires, used, created)

    def evaluations(self, count: int) -> Iterator[Row]:
        choice = self.random.choice
        for index in range(count):
            visit: int | str = self._moment() // 86_400_000 * 86_400_000
            if index % 40 == 39:
                visit = f"{datetime.fromtimestamp(int(visit) // 1000, UTC):%Y-%m-%dT%H:%M:%S}.000+00:00"
            score = None if index % 8 == 7 else round(self.random.uniform(1, 4), 2)
            people = choice(self.salesperson_ids), choice(self.user_ids)
            texts = choice(_CUSTOMERS), choice(_REGIONS), choice(_COMMENTS)
            yield (self._id(), *people, visit, *texts, score, 1 + index % 3, *self._times())

    def evaluation_items(self, evaluation_ids: Iterable[str]) -> Iterator[Row]:
        for evaluation in evaluation_ids:
            rated = self.random.sample(self.item_ids, 12)
            times = self._times()
            for item in rated:
                rating = self.random.randrange(0, 5) or None
                yield (self._id(), evaluation, item, rating, self.random.choice(_COMMENTS), *times)

    def audit_logs(self, count: int) -> Iterator[Row]:
        choice = self.random.choice
        for index in range(count):
            entity = choice(("evaluation", "user", "team"))
            payload = {"поле": choice(_FIRST), "before": index % 4, "after": None, "tags": ["a", "б"]}
            text = json.dumps(payload, ensure_ascii=False) if index % 7 else None
            where = f"10.{index % 200}.{index // 200 % 250}.{index % 250}" if index % 3 else "2001:db8::7"
            created: int | str = self._seeded()[0] if index % 50 == 49 else self._moment()
            yield (
                self._id(),
                choice(self.user_ids),
                choice(_ACTIONS),
                entity,
                None,
                text,
                where,
                choice(_AGENTS),
                created,
            )
