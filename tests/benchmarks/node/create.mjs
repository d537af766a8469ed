// The same in Node: csv-parse and undici, 64 workers over one pool, as a script would
// do it. No validation and no journal: for information. Prints the seconds it took.

import { createReadStream } from "node:fs";
import { parse } from "csv-parse";
import { Pool } from "undici";

const WORKERS = 64;
const [base, path, rows] = process.argv.slice(2);
const headers = {
  authorization: "Bearer benchmark",
  version: "2021-07-28",
  "content-type": "application/json",
  "user-agent": "collection-benchmark/1.0",
};

const started = performance.now();
const pool = new Pool(base, { connections: WORKERS, pipelining: 1 });
const lines = createReadStream(path).pipe(parse({ columns: true, to: Number(rows) }));
const iterator = lines[Symbol.asyncIterator]();

async function worker() {
  for (;;) {
    const { value: row, done } = await iterator.next();
    if (done) return;
    const body = JSON.stringify({
      altId: row.location_id,
      altType: "location",
      name: row.name,
      slug: row.slug,
      image: row.image,
      type: row.type,
      productIds: row.product_ids.split(", "),
      seo: { title: row.seo_title, description: row.seo_description },
    });
    const answer = await pool.request({
      path: "/products/collections",
      method: "POST",
      headers,
      body,
    });
    const created = await answer.body.json();
    if (answer.statusCode !== 201 || !created.data._id) throw new Error("not created");
  }
}

await Promise.all(Array.from({ length: WORKERS }, worker));
await pool.close();
console.log((performance.now() - started) / 1000);
