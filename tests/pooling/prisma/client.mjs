// What the application does with its database, through Prisma: `node client.mjs PROVIDER URL read|use`, answers as JSON.
import { PrismaLibSql } from "@prisma/adapter-libsql";
import { PrismaPg } from "@prisma/adapter-pg";
import { createRequire } from "node:module";

const [provider, url, task, generated, schema] = process.argv.slice(2);
const { PrismaClient } = createRequire(import.meta.url)(`${generated}/${provider}`);
const adapter =
  provider === "sqlite" ? new PrismaLibSql({ url: `file:${url}` }) : new PrismaPg({ connectionString: url, max: 4 }, { schema });
const prisma = new PrismaClient({ adapter });
const MODELS = [
  "user", "region", "team", "salesperson", "behaviorCategory", "behaviorItem", "evaluation", "evaluationItem",
  "userRegion", "userTeam", "auditLog", "invite",
];
const byId = { orderBy: { id: "asc" } };

async function read() {
  const rows = {};
  for (const model of MODELS) rows[model] = await prisma[model].findMany(byId);
  const related = {
    regions: await prisma.region.findMany({
      ...byId,
      include: { managers: byId, teams: { ...byId, include: { manager: true, salespeople: byId } } },
    }),
    scores: await prisma.evaluation.findMany({
      ...byId,
      take: 20,
      // No condition on a date: where one column holds numbers and texts, SQLite compares them wrongly, PostgreSQL does not.
      where: { overallScore: { gte: 2.5 }, salesperson: { isActive: true } },
      include: { items: { ...byId, include: { behaviorItem: { include: { category: true } } } } },
    }),
    perAction: await prisma.auditLog.groupBy({ by: ["action"], _count: true, orderBy: { action: "asc" } }),
    best: await prisma.evaluation.aggregate({ _min: { overallScore: true }, _max: { overallScore: true, version: true } }),
    active: await prisma.user.count({ where: { isActive: true } }),
  };
  return { rows, related };
}

async function use() {
  const before = Date.now();
  const region = await prisma.region.findFirst(byId);
  const user = await prisma.user.create({
    data: {
      email: "new@example.com", displayName: "Нов потребител", role: "SALES_LEAD",
      manages: { connect: { id: region.id } },
      auditLogs: { create: [{ action: "LOGIN", entity: "user", payload: JSON.stringify({ a: "б" }) }] },
    },
    include: { manages: true, auditLogs: true },
  });
  const told = {
    defaults: [user.isActive, user.createdAt.getTime() >= before - 60_000, user.createdAt.getTime() <= Date.now() + 60_000],
    manages: user.manages.map((each) => each.id).join() === region.id,
    payload: user.auditLogs[0].payload,
  };
  told.twice = await prisma.user
    .create({ data: { email: "new@example.com", displayName: "x", role: "ADMIN" } })
    .then(() => "made", (error) => error.code);
  told.orphan = await prisma.team
    .create({ data: { name: "x", regionId: "nowhere" } })
    .then(() => "made", (error) => error.code);
  told.changed = await prisma.$transaction(async (inside) => {
    await inside.user.update({ where: { id: user.id }, data: { isActive: false } });
    return (await inside.user.findUnique({ where: { id: user.id } })).isActive;
  });
  await prisma.region.update({ where: { id: region.id }, data: { managers: { disconnect: { id: user.id } } } });
  await prisma.auditLog.deleteMany({ where: { userId: user.id } });
  await prisma.user.delete({ where: { id: user.id } });
  told.gone = (await prisma.user.findUnique({ where: { id: user.id } })) === null;
  told.atOnce = (await Promise.all(Array.from({ length: 40 }, () => prisma.user.count()))).every((n) => n > 0);
  return told;
}

try {
  console.log(JSON.stringify(await (task === "read" ? read() : use())));
} finally {
  await prisma.$disconnect();
}
