// Emmett on PostgreSQL: each event goes to a new stream, which must not exist yet. Follows the same orders as the others
// (bench/contenders/work.py): a line in, a line out.
import { createInterface } from "node:readline";
import { randomUUID } from "node:crypto";
import { getPostgreSQLEventStore } from "@event-driven-io/emmett-postgresql";
import pg from "pg";

const [url, most] = [process.argv[2], Number(process.argv[3])];
const SAMPLE = 20_000;
const programme = "programme_01m84mt5r8es5rc7sp6wjmjab6";
const data = { ballot: "ballot_01m84mt5r8es5rc7sp6wjmjab6", commitment: "x".repeat(76), own: true, programme };

const pool = new pg.Pool({ connectionString: url, max: most, idleTimeoutMillis: 1000 });
const store = getPostgreSQLEventStore(url, { connectionOptions: { pool } });
await store.schema.migrate();

async function act({ in_flight, seconds, ballot }) {
  const held = await Promise.all(Array.from({ length: Math.min(most, in_flight) }, () => pool.connect()));
  held.forEach((one) => one.release());
  const latencies = [];
  const began = performance.now();
  const until = began + seconds * 1000;
  const one = async () => {
    for (let sent = performance.now(); sent < until; sent = performance.now()) {
      const voter = `person_${randomUUID().replaceAll("-", "").slice(0, 26)}`;
      const metadata = { tags: [voter, ballot, programme] };
      await store.appendToStream(`vote-${voter}`, [{ type: "ballot.vote_cast", data, metadata }], {
        expectedStreamVersion: "STREAM_DOES_NOT_EXIST",
      });
      latencies.push(performance.now() - sent);
    }
  };
  await Promise.all(Array.from({ length: in_flight }, one));
  const took = (performance.now() - began) / 1000;
  const every = Math.max(1, Math.ceil(latencies.length / SAMPLE));
  const sample = latencies.filter((_, n) => n % every === 0).sort((a, b) => a - b);
  return { done: latencies.length, seconds: took, latencies: sample };
}

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
say({ settings: `node ${process.version}, a pool of up to ${most}; optimistic concurrency within a stream, no conditions across streams` });
for await (const line of createInterface({ input: process.stdin })) say(await act(JSON.parse(line)));
await store.close();
await pool.end();
