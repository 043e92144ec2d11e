import { describe, expect, it } from 'vitest';
import { createUploadTurns } from './upload-turns.ts';

/** Runs that end when they are told to. */
const createRuns = () => {
  const turns = createUploadTurns();
  const running: string[] = [];
  const open = new Map<string, () => void>();
  const start = (who: string, name: string, signal?: AbortSignal) =>
    turns.take(
      who,
      async () => {
        running.push(name);
        await new Promise<void>((resolve) => open.set(name, resolve));
        return name;
      },
      signal,
    );
  const end = async (name: string, result: Promise<unknown>) => {
    open.get(name)?.();
    return result;
  };
  return { start, end, running };
};

describe('[RC14] uploads of one participant', () => {
  it('are four at once, the others wait in their order, and nobody else waits for them', async () => {
    const { start, end, running } = createRuns();
    const results = Array.from({ length: 7 }, (_, index) => start('a', `a${index}`));
    void start('b', 'b0');
    expect(running).toEqual(['a0', 'a1', 'a2', 'a3', 'b0']);
    expect(await end('a2', results[2] as Promise<unknown>)).toBe('a2');
    expect(running.slice(5)).toEqual(['a4']);
    await end('a0', results[0] as Promise<unknown>);
    await end('a4', results[4] as Promise<unknown>);
    expect(running.slice(5)).toEqual(['a4', 'a5', 'a6']);
  });

  it('beyond sixty-four that wait are told to come again', async () => {
    const { start } = createRuns();
    for (let index = 0; index < 68; index += 1) void start('a', `a${index}`);
    expect(await start('a', 'too many')).toEqual({ ok: false, refusal: { code: 'busy' } });
  });

  it('whose sender hangs up while waiting leaves the line, and takes nobody’s place', async () => {
    const { start, end, running } = createRuns();
    const first = Array.from({ length: 4 }, (_, index) => start('a', `a${index}`));
    const gone = new AbortController();
    const left = start('a', 'gone', gone.signal);
    void start('a', 'next');
    gone.abort();
    expect(await left).toEqual({ ok: false, refusal: { code: 'unavailable' } });
    await end('a0', first[0] as Promise<unknown>);
    expect(running).toEqual(['a0', 'a1', 'a2', 'a3', 'next']);
  });

  it('give their place back when they fail', async () => {
    const turns = createUploadTurns();
    const failing = Array.from({ length: 20 }, () => turns.take('a', () => Promise.reject(new Error('cut'))));
    for (const one of failing) await expect(one).rejects.toThrow('cut');
    expect(await turns.take('a', async () => 'done')).toBe('done');
  });
});
