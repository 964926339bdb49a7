// The peer of bench/posts.sh. For each event: the key checked by its hash, the JSON validated by a schema, the
// identity decided by (store, source, id) and a digest, body, order and day's tally written, and the answer sent after the commit.
// It is written to be fast: a cluster of two, a pool of 16 connections each, and all of the writing in one named statement, which
// is one round trip and one transaction.
import cluster from 'node:cluster';
import { createHash } from 'node:crypto';
import Fastify from 'fastify';
import pg from 'pg';

const WORKERS = 2;
const CONNECTIONS = 16;
const KEY_CACHE_MS = 1000;

const WRITE = {
  name: 'write',
  text: `with known as (
           insert into event_keys values ($1, $2, $3, $4) on conflict do nothing returning 1),
         logged as (
           insert into events select $1, $2, $3, $5, $6, $7, $8 from known),
         ordered as (
           insert into orders (store_id, order_id, placed_at, paid_at) select $1, $9, $6, $10 from known
           on conflict (store_id, order_id) do update set
             placed_at = least(orders.placed_at, excluded.placed_at),
             paid_at = least(orders.paid_at, excluded.paid_at)),
         tallied as (
           insert into tallies
           select $1, ($10::timestamptz at time zone 'Asia/Shanghai')::date, 1 from known
           on conflict (store_id, day) do update set placed = tallies.placed + 1)
         select count(*)::int as written from known`,
};
const DIGEST = {
  name: 'digest',
  text: 'select digest from event_keys where store_id = $1 and source = $2 and event_id = $3',
};
const KEY = { name: 'key', text: 'select role from api_keys where hash = $1' };

const id = { type: 'string', minLength: 1, maxLength: 200 };
const time = { type: 'string', format: 'date-time' };
const schema = {
  type: 'object',
  required: ['specversion', 'id', 'source', 'type', 'time', 'data'],
  properties: {
    specversion: { const: '1.0' },
    id, source: id, time,
    type: { const: 'order.placed' },
    data: {
      type: 'object',
      required: ['store', 'order', 'paid_at'],
      properties: {
        store: id, order: id, paid_at: time, buyer: id, warehouse: id,
        lines: {
          type: 'array',
          items: {
            type: 'object',
            required: ['sku', 'quantity'],
            properties: { sku: id, quantity: { type: 'integer', minimum: 1 }, supplier: id },
          },
        },
      },
    },
  },
};

function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(',')}}`;
}

function serve() {
  const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: CONNECTIONS });
  const app = Fastify({ bodyLimit: 256 * 1024 });
  const keys = new Map();

  async function keyIsGood(header) {
    const hash = createHash('sha256').update((header ?? '').replace(/^Bearer /, '')).digest();
    const name = hash.toString('hex');
    const cached = keys.get(name);
    if (cached && cached.until > Date.now()) return cached.good;
    const { rowCount } = await pool.query({ ...KEY, values: [hash] });
    keys.set(name, { good: rowCount === 1, until: Date.now() + KEY_CACHE_MS });
    return rowCount === 1;
  }

  app.addContentTypeParser('application/cloudevents+json', { parseAs: 'string' }, app.getDefaultJsonParser('error', 'error'));
  app.post('/v1/events', { schema: { body: schema } }, async (request, reply) => {
    if (!(await keyIsGood(request.headers.authorization))) return reply.code(401).send();
    const event = request.body;
    const { store, order, paid_at: paidAt } = event.data;
    const at = new Date(event.time).toISOString();
    const data = canonical(event.data);
    const digest = createHash('sha256').update(`${event.type}\n${at}\n${data}`).digest();
    const { rows } = await pool.query({
      ...WRITE,
      values: [store, event.source, event.id, digest, event.type, at, new Date().toISOString(), data, order, paidAt],
    });
    let status = 'accepted';
    if (rows[0].written === 0) {
      const known = await pool.query({ ...DIGEST, values: [store, event.source, event.id] });
      status = known.rows[0].digest.equals(digest) ? 'duplicate' : 'conflict';
    }
    return {
      accepted: +(status === 'accepted'), duplicate: +(status === 'duplicate'), conflict: +(status === 'conflict'),
      ignored: 0, rejected: 0, results: [{ index: 0, id: event.id, status }],
    };
  });
  app.get('/readyz', async () => pool.query('select 1').then(() => 'ok'));
  return app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
}

if (cluster.isPrimary) {
  for (let i = 0; i < WORKERS; i++) cluster.fork();
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.on(signal, () => {
      cluster.removeAllListeners('exit');
      for (const worker of Object.values(cluster.workers)) worker.process.kill();
      process.exit(0);
    });
  }
  cluster.on('exit', () => process.exit(1));
} else {
  await serve();
}
