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
