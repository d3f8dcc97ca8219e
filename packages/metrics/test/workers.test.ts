import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createCluster, pageOf, type Page } from './running-workers.js';

let workers: Awaited<ReturnType<typeof createCluster>>;
beforeEach(async () => (workers = await createCluster()));
afterEach(() => workers.close());

const start = (count: number, options = {}) => Promise.all(Array.from({ length: count }, () => workers.start(options)));
const done = (page: Page) => page.value('work_total{kind="done"}');
const observed = (page: Page) => page.value('work_seconds_count');
const foldersOfWorkers = async () =>
  (await readdir(join(workers.directory, 'test'))).filter((name) => /^\d+-/.test(name));

async function scrape(port: number): Promise<Page> {
  return pageOf(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text());
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise(setImmediate);
}

describe('a cluster', () => {
  it('shows all of its workers on the page of each worker', async () => {
    const [one, two, three] = await start(3);
    await Promise.all([one!.work(1), two!.work(20), three!.work(300)]);
    for (const worker of workers.living()) {
      for (const page of [await worker.render(), await scrape(worker.port)]) {
        expect([done(page), observed(page), page.value('workers_busy')]).toEqual([321, 321, 3]);
        expect(page.value('work_seconds_bucket{le="1"}')).toBe(321);
        expect(page.value('metrics_workers_answered')).toBe(3);
        expect(page.value(`process_resident_memory_bytes{worker="${worker.pid}"}`)).toBeGreaterThan(1e6);
        expect(page.value(`process_start_time_seconds{worker="${worker.pid}"}`)).toBeGreaterThan(1e9);
        expect(page.text.match(/^process_cpu_seconds_total .*$/gm)).toHaveLength(1);
      }
    }
  });

  it('counts the shown values of a killed worker exactly once', async () => {
    const [one, two] = await start(2, { retireEveryMs: 20 });
    await two!.work(7);
    const before = await one!.render();
    await two!.kill();
    const after = await one!.render();
    expect([done(before), done(after)]).toEqual([7, 7]);
    expect(after.value('process_cpu_seconds_total')).toBeGreaterThanOrEqual(before.value('process_cpu_seconds_total'));
    expect(after.text).not.toContain(`worker="${two!.pid}"`);
    await until(async () => (await foldersOfWorkers()).length === 1);
    expect(done(await one!.render())).toBe(7);
  });

  it('saves values that no metrics page has shown', async () => {
    const [one, two] = await start(2, { saveEveryMs: 20 });
    await two!.work(5);
    const [folder] = (await foldersOfWorkers()).filter((name) => name.startsWith(`${two!.pid}-`));
    const file = join(workers.directory, 'test', folder!, 'totals.json');
    await until(async () => (await readFile(file, 'utf8')).includes('"value":5}'));
    await two!.kill();
    expect(done(await one!.render())).toBe(5);
  });

  it('continues with the same counts after a reload, and after all workers have ended', async () => {
    const [old] = await start(1);
    await old!.work(3);
    const [young] = await start(1, { retireEveryMs: 20 });
    await young!.work(4);
    expect(done(await young!.render())).toBe(7);
    await old!.work(10);
    await old!.end();
    expect(done(await young!.render())).toBe(17);
    await until(async () => (await foldersOfWorkers()).length === 1);
    await young!.end();
    const [next] = await start(1);
    expect(done(await next!.render())).toBe(17);
    expect(await foldersOfWorkers()).toHaveLength(1);
  });

  it('takes the counts of a hanging worker from its file, and logs the worker', async () => {
    const [one, hanging] = await start(2, { answerTimeoutMs: 200 });
    await hanging!.work(9);
    await one!.render();
    hanging!.signal('SIGSTOP');
    const page = await one!.render();
    expect([done(page), page.value('workers_busy'), page.value('metrics_workers_answered')]).toEqual([9, 1, 1]);
    expect(page.value('metrics_workers_unanswered_total')).toBe(1);
    expect(one!.warnings.join()).toContain('a worker does not send its metrics');
    hanging!.signal('SIGCONT');
    expect((await one!.render()).value('workers_busy')).toBe(2);
  });

  it('adds the buckets of two releases', async () => {
    const [old, young] = [await workers.start({ buckets: [0.1, 1] }), await workers.start({ buckets: [0.1, 0.5, 5] })];
    await Promise.all([old.work(10), young.work(1)]);
    for (const page of [await old.render(), await young.render()]) {
      const buckets = ['0.1', '0.5', '1', '5', '+Inf'].map((le) => page.value(`work_seconds_bucket{le="${le}"}`));
      expect(buckets).toEqual([0, 1, 11, 11, 11]);
    }
  });
});

describe('thirty workers that are killed at any moment', () => {
  it('are counted exactly on the page of every worker that runs', async () => {
    const options = { retireEveryMs: 15 };
    let truth = 0;
    for (let round = 0; round < 10; round += 1) {
      await start(5 - workers.living().length, options);
      for (const worker of workers.living()) {
        const times = 1 + Math.floor(Math.random() * 100);
        await worker.work(times);
        truth += times;
      }
      expect(done(await workers.living()[0]!.render())).toBe(truth);

      // Kill three of the five workers during the scrapes. The two remaining workers can then try at the same time to
      // move the counts of the killed workers to `retired.json`.
      const order = workers.living().sort(() => Math.random() - 0.5);
      const victims = order.slice(2);
      const asked = order.map(async (worker) => {
        const page = await worker.render().catch((error: unknown) => {
          if (!victims.includes(worker)) throw error;
        });
        if (page) expect([done(page), observed(page)]).toEqual([truth, truth]);
      });
      const killed = victims.map(async (worker) => {
        for (let turns = Math.random() * 30; turns > 0; turns -= 1) await new Promise(setImmediate);
        await worker.kill();
      });
      await Promise.all([...asked, ...killed]);
      for (const worker of workers.living()) expect(done(await worker.render())).toBe(truth);
    }
  }, 120_000);
});
