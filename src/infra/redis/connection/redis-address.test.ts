import { describe, expect, it } from 'vitest';
import { parseRedisAddress } from './redis-address.ts';

describe('address of Redis', () => {
  it.each([
    ['redis://localhost', { servers: [{ host: 'localhost', port: 6379 }], cluster: false, tls: false }],
    ['rediss://h:1/2', { servers: [{ host: 'h', port: 1 }], cluster: false, tls: true, db: 2 }],
    ['redis://[::1]:7000', { servers: [{ host: '::1', port: 7000 }], cluster: false, tls: false }],
    [
      'redis://me:p%40:ss@h:1',
      { servers: [{ host: 'h', port: 1 }], cluster: false, tls: false, username: 'me', password: 'p@:ss' },
    ],
    ['redis+cluster://a:1', { servers: [{ host: 'a', port: 1 }], cluster: true, tls: false }],
    [
      'redis://:secret@a:1,b:2',
      {
        servers: [
          { host: 'a', port: 1 },
          { host: 'b', port: 2 },
        ],
        cluster: true,
        tls: false,
        password: 'secret',
      },
    ],
  ])('reads %s', (url, address) => {
    expect(parseRedisAddress(url)).toEqual(address);
  });

  it.each(['http://h', 'redis://', 'redis://h:99999', 'redis+cluster://a:1,b:2/3', 'redis://a:1,,b:2', ''])(
    'refuses "%s"',
    (url) => {
      expect(() => parseRedisAddress(url)).toThrow(TypeError);
    },
  );

  it('repeats no password in its refusal', () => {
    expect(() => parseRedisAddress('http://:hidden@h')).toThrow(/^(?!.*hidden)/);
  });
});
