import { describe, expect, it } from 'vitest';
import { parseConfig } from './config.ts';

describe('parseConfig', () => {
  it('needs no setting at all', () => {
    const config = parseConfig({});
    expect(config).toMatchObject({
      port: 3_000,
      host: '127.0.0.1',
      role: 'all',
      speech: undefined,
      analysis: undefined,
    });
    expect(config.storageDir).toBe(`${config.dataDir}/storage`);
  });

  it('lists every problem in one message', () => {
    const start = () =>
      parseConfig({ PORT: 'high', RESEARCHER_KEY: 'short', TURN_URLS: 'turn:turn.example.org', PUBLIC_URL: 'example' });
    expect(start).toThrow(/PORT/);
    expect(start).toThrow(/RESEARCHER_KEY: must have 16 characters/);
    expect(start).toThrow(/PUBLIC_URL/);
    expect(() => parseConfig({ TURN_URLS: 'turn:turn.example.org' })).toThrow(/TURN_SECRET: is needed/);
  });

  it.each([
    ['options=-c%20timezone%3DAsia%2FSeoul', /parameter "options" .*sets this itself/],
    ['timezone=Asia/Seoul', /parameter "timezone"/],
    ['client_encoding=LATIN1', /parameter "client_encoding"/],
    ['statement_timeout=0', /parameter "statement_timeout"/],
    ['schema=tri', /parameter "schema" .*schema public/],
    ['pgbouncer=true', /parameter "pgbouncer" .*pooler/],
    ['max=500', /parameter "max" .*known are host/],
    ['sslmode=disable&sslmod=require', /parameter "sslmod"/],
  ])(
    '[DB2] a parameter of DATABASE_URL that would do nothing, or undo what is fixed, is refused: %s',
    (parameters, said) => {
      const start = () => parseConfig({ DATABASE_URL: `postgres://u:secret-word@localhost/x?${parameters}` });
      expect(start).toThrow(/DATABASE_URL: has a /);
      expect(start).toThrow(said);
      expect(start).not.toThrow(/secret-word/);
    },
  );

  it.each(['', '?schema=public', '?sslmode=disable&application_name=x', '?sslmode=require&uselibpqcompat=true'])(
    'takes what PostgreSQL clients understand: %s',
    (parameters) => {
      const url = `postgres://u:p@localhost/x${parameters}`;
      expect(parseConfig({ DATABASE_URL: url }).databaseUrl).toBe(url);
    },
  );

  it.each(['http://host/debate', 'https://host/a/b/', 'https://host/?x=1', 'https://host/#x'])(
    '[ST1] an address under a path is refused: %s',
    (url) => expect(() => parseConfig({ PUBLIC_URL: url })).toThrow(/PUBLIC_URL: must end with the host/),
  );

  it('takes an address with or without a slash at its end', () => {
    expect(parseConfig({ PUBLIC_URL: 'https://host:8443' }).publicUrl).toBe('https://host:8443');
    expect(parseConfig({ PUBLIC_URL: 'https://host/' }).publicUrl).toBe('https://host');
  });

  it('refuses settings that this version cannot honour', () => {
    expect(() => parseConfig({ STORAGE_URL: 's3://bucket/prefix' })).toThrow(/STORAGE_URL/);
  });

  it('asks of nodes that share a Redis what they must share too', () => {
    const shared = { AUTH_SECRET: 'x'.repeat(32), STORAGE_URL: 'file:///shared' };
    expect(parseConfig({ REDIS_URL: 'redis://localhost', ...shared }).redisUrl).toBe('redis://localhost');
    expect(() => parseConfig({ REDIS_URL: 'redis://localhost' })).toThrow(/AUTH_SECRET: .*\n.*STORAGE_URL: /);
    expect(() => parseConfig({ REDIS_URL: 'http://localhost', ...shared })).toThrow(/REDIS_URL: must be redis:/);
  });

  it('takes an empty setting for an unset one', () => {
    expect(parseConfig({ PORT: '', OPENAI_API_KEY: '' })).toMatchObject({ port: 3_000, speech: undefined });
  });

  it('points speech elsewhere than analysis', () => {
    const config = parseConfig({
      OPENAI_API_KEY: 'one',
      OPENAI_BASE_URL: 'http://analysis.example.org/v1',
      STT_API_KEY: 'two',
      STT_BASE_URL: 'http://speech.example.org/v1',
    });
    expect(config.speech).toEqual({ apiKey: 'two', baseUrl: 'http://speech.example.org/v1', model: 'whisper-1' });
    expect(config.analysis?.apiKey).toBe('one');
  });
});
