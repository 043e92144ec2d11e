import { Hono } from 'hono';
import { expect, it } from 'vitest';
import type { HttpEnv } from './context.ts';
import { addressOf, loggablePathOf } from './observe.ts';

it('[SE4] drops what opens something from the path that is logged, however it is spelled', () => {
  const pathOf = (path: string) => loggablePathOf(`http://localhost${path}`);
  expect(pathOf('/api/rooms/1?limit=5')).toBe('/api/rooms/1?limit=5');
  expect(pathOf('/api/rooms/1?token=secret&limit=5&access=secret')).toBe('/api/rooms/1?limit=5');
  expect(pathOf('/x?%74oken=secret')).toBe('/x');
  expect(pathOf('/x?TOKEN=secret&Access=secret&token=secret')).toBe('/x');
});

it('[JN6] takes the address that the proxy saw, whatever the caller wrote before it, and believes no proxy that is not there', async () => {
  const ask = async (trustProxy: boolean, forwarded?: string): Promise<string> => {
    const app = new Hono<HttpEnv>().get('/', (c) => c.text(addressOf(c, trustProxy)));
    const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
    const incoming = { socket: { remoteAddress: '192.0.2.1' } };
    return (await app.request('/', { headers }, { incoming } as HttpEnv['Bindings'])).text();
  };
  expect(await ask(true, '198.51.100.7')).toBe('198.51.100.7');
  expect(await ask(true, '203.0.113.1, 203.0.113.2,198.51.100.7')).toBe('198.51.100.7');
  expect(await ask(true)).toBe('192.0.2.1');
  expect(await ask(true, '')).toBe('192.0.2.1');
  expect(await ask(false, '198.51.100.7')).toBe('192.0.2.1');
});
