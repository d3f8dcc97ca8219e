import http from 'node:http';
import { it } from '@jest/globals';
import { createTestRedis } from '@mainstay/embedded';
import { register, thePassword, visit } from './http-client.js';
import { playAccounts } from './playing-accounts.js';
import { playService } from './playing-service.js';
import { runGateway } from './running-gateway.js';
it('measures', async () => {
  const [r, accounts, activity] = await Promise.all([createTestRedis(), playAccounts(), playService()]);
  activity.on('GET /v1/activity/live', (_q, s) => void s.writeHead(200, { 'content-type': 'text/event-stream' }).write(': hi\n\n'));
  let arrived = () => undefined as void;
  accounts.on('GET /v1/accounts', () => arrived());
  const plan = { redisUrl: r.url, accountsUrl: accounts.url, activityUrl: activity.url, settings: { RATE_LIMIT_ANONYMOUS_MAX: '100000' } };
  const [a, b] = await Promise.all([runGateway(plan), runGateway(plan)]);
  const feedMs: number[] = [], flightMs: number[] = [], nextMs: number[] = [];
  for (let i = 0; i < 100; i += 1) {
    const p = await register(a.url);
    const d = visit(b.url);
    await d.send('POST', '/v1/session', { json: { email: p.email, password: thePassword } });
    const feedEnded = await new Promise<Promise<number>>((res) => http.get(`${a.url}/v1/activity/live`, { agent: false, headers: { cookie: p.cookie } }, (m) => {
      m.once('data', () => res(new Promise((e) => m.on('end', () => e(performance.now())).resume())));
    }));
    const at = new Promise<void>((s) => (arrived = s));
    const flight = p.send('GET', '/v1/accounts').then((x) => [x.status, performance.now()]);
    await at;
    const t = performance.now();
    await d.send('DELETE', `/v1/sessions/${p.sessionId}`);
    const s = (await visit(a.url, p.cookie).send('GET', '/v1/session')).status;
    nextMs.push(s === 401 ? performance.now() - t : NaN);
    feedMs.push((await feedEnded) - t);
    const [st, ft] = await flight;
    flightMs.push(st === 401 ? ft! - t : NaN);
  }
  const q = (v: number[]) => { v.sort((x, y) => x - y); return [50, 95, 100].map((k) => `p${k} ${v[Math.min(v.length - 1, Math.floor((v.length * k) / 100))]!.toFixed(1)}`).join(' '); };
  console.log('feed', q(feedMs), '| in flight', q(flightMs), '| next request refused', q(nextMs));
  await Promise.all([a.close(), b.close(), accounts.close(), activity.close()]); await r.close();
}, 120000);
