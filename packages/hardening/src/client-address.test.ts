import { describe, expect, it } from '@jest/globals';
import express from 'express';
import request from 'supertest';
import { addressGroupOf, clientAddress, parseAddress } from './client-address.js';

function ipOf(trustProxy: number | string[], forwardedFor: string): request.Test {
  const app = express();
  app.set('trust proxy', trustProxy);
  app.use(clientAddress(), (req, res) => void res.send(req.ip));
  return request(app).get('/').set('x-forwarded-for', forwardedFor);
}

describe('parseAddress', () => {
  it.each([
    ['203.0.113.77', '203.0.113.77'],
    ['203.0.113.77:50001', '203.0.113.77'],
    [' 203.0.113.77 ', '203.0.113.77'],
    ['2001:db8::1', '2001:db8::1'],
    ['2001:DB8:0:0::0:1', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['[2001:db8::1]:443', '2001:db8::1'],
    ['"[2001:db8::1]:443"', '2001:db8::1'],
    ['::ffff:203.0.113.77', '203.0.113.77'],
    ['::FFFF:cb00:714d', '203.0.113.77'],
    ['[::ffff:203.0.113.77]:50001', '203.0.113.77'],
    ['fe80::1%eth0', 'fe80::1'],
  ])('reads %s as %s', (text, address) => expect(parseAddress(text)).toBe(address));

  it.each([
    '',
    'unknown',
    '_hidden',
    'shop.example',
    '203.0.113',
    '203.0.113.077',
    '203.0.113.77:',
    '203.0.113.77:http',
    '203.0.113.77/24',
    '[203.0.113.77]',
    '[2001:db8::1',
    '2001:db8::1]:443',
    '2001:db8:::1',
    '1'.repeat(70),
  ])('does not accept "%s" as an address', (text) => expect(parseAddress(text)).toBeUndefined());
});

describe('the address of a client', () => {
  it.each([
    ['behind one proxy', 1, '203.0.113.77:50001', '203.0.113.77'],
    [
      'behind one proxy, whatever the client wrote into the header',
      1,
      'x, 198.51.100.1, [2001:db8::1]:443',
      '2001:db8::1',
    ],
    ['behind two proxies that write ports', 2, '203.0.113.77:50001, 198.51.100.1:443', '203.0.113.77'],
    [
      'behind named proxies that write ports',
      ['loopback', '198.51.100.0/24'],
      '203.0.113.77:1, 198.51.100.1:443',
      '203.0.113.77',
    ],
  ])('is recognised %s', async (_where, trust, header, address) => {
    expect((await ipOf(trust, header)).text).toBe(address);
  });

  it.each([
    ['the peer', 1, 'unknown', '127.0.0.1'],
    ['the peer', 1, `203.0.113.77, ${'x'.repeat(200)}`, '127.0.0.1'],
    ['the nearest hop that is an address', 2, 'unknown, 198.51.100.1', '198.51.100.1'],
    ['the peer', ['loopback'], '203.0.113.77, unknown', '127.0.0.1'],
  ])('is %s if the proxy names no address', async (_what, trust, header, address) => {
    expect((await ipOf(trust, header)).text).toBe(address);
  });

  it('counts as its /56 if it is IPv6, and alone if it is IPv4', () => {
    const groupOf = (ip: string) => addressGroupOf({ ip });
    expect(groupOf('2001:db8:0:ab01::1')).toBe(groupOf('2001:db8:0:abff:1::9'));
    expect(groupOf('2001:db8:0:ab01::1')).not.toBe(groupOf('2001:db8:0:ac01::1'));
    expect(groupOf('203.0.113.77')).toBe('203.0.113.77');
  });
});
