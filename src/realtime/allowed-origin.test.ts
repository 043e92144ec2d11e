import { pino } from 'pino';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { createOriginCheck, isAllowedOrigin } from './allowed-origin.ts';

const options = { corsOrigins: ['https://friend.example'], publicUrl: 'https://debate.example' };
const host = 'node-1.internal:3000';

describe('[SE7] a WebSocket from a page', () => {
  it.each([
    ['no browser', undefined, true],
    ['the page of this server', 'http://node-1.internal:3000', true],
    ['the public address', 'https://debate.example', true],
    ['a front end that was named', 'https://friend.example', true],
    ['another page', 'https://evil.example', false],
    ['a page of a name that only begins like it', 'https://debate.example.evil.example', false],
    ['another port', 'http://node-1.internal:3001', false],
    ['a file or a sandbox', 'null', false],
    ['nonsense', 'x', false],
  ])('of %s', (_, origin, isAllowed) => {
    expect(isAllowedOrigin({ origin, host }, options)).toBe(isAllowed);
  });

  it('of any page where all are named', () => {
    expect(
      isAllowedOrigin({ origin: 'https://evil.example', host }, { corsOrigins: ['*'], publicUrl: undefined }),
    ).toBe(true);
  });

  it('that is refused is told once for each page, and counted', async () => {
    const metrics = new Registry();
    const lines: string[] = [];
    const log = pino({ level: 'warn' }, { write: (line) => void lines.push(line) });
    const isAllowed = createOriginCheck({ ...options, metrics, log });
    expect(
      [host, host, 'debate.example'].map((name) => isAllowed({ origin: 'https://own.example', host: name })),
    ).toEqual([...[false, false, false]]);
    expect(isAllowed({ origin: 'https://own.example', host: 'own.example' })).toBe(true);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('"origin":"https://own.example"');
    for (let index = 0; index < 100; index += 1) isAllowed({ origin: `https://evil-${index}.example`, host });
    expect(lines).toHaveLength(20);
    expect(await metrics.metrics()).toContain('trialogue_refused_origins_total 103');
  });
});
