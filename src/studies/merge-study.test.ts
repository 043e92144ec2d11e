import { expect, it } from 'vitest';
import { studyContentSchema } from '../protocol/study.ts';
import { mergeStudy } from './merge-study.ts';

const study = studyContentSchema.parse({
  title: 'Old',
  pages: [{ title: 'One' }],
  settings: { pin: '1', timeLimitMinutes: 20, graceMs: 5_000 },
});

it('[JN1] keeps what is left out, changes what is named, removes what is null', () => {
  const merged = mergeStudy(study, { title: 'New', settings: { timeLimitMinutes: null, pin: '2', graceMs: null } });
  if (!merged.ok) throw new Error(merged.refusal.code);
  expect(merged.value.title).toBe('New');
  expect(merged.value.pages).toEqual(study.pages);
  expect(merged.value.settings).toMatchObject({ pin: '2', graceMs: 30_000, countdownMs: 3_000 });
  expect(merged.value.settings).not.toHaveProperty('timeLimitMinutes');
});

it('[JN1] judges the result as a whole', () => {
  const twice = { id: 'q', prompt: '?', kind: 'text' };
  const pages = [
    { title: 'a', questions: [twice] },
    { title: 'b', questions: [twice] },
  ];
  for (const patch of [{ pages }, { title: null }, { settings: { roomSize: 99 } }, { pages: 'none' }]) {
    expect(mergeStudy(study, patch)).toMatchObject({ ok: false, refusal: { code: 'invalid_request' } });
  }
});

it('[JN15] refuses retentionDays, which nothing acts on; a stored study that has it can still be changed, and loses it', () => {
  const refusedWith = (settings: Record<string, unknown>) => {
    const merged = mergeStudy(study, { settings });
    return merged.ok ? undefined : JSON.stringify(merged.refusal);
  };
  expect(refusedWith({ retentionDays: 30 })).toContain('settings.retentionDays');
  expect(refusedWith({ retentionDays: 30 })).toContain('nothing erases rooms by itself yet');
  expect(refusedWith({ retentionDays: null })).toBeUndefined();
  const stored = { ...study, settings: { ...study.settings, retentionDays: 30 } } as unknown as typeof study;
  const merged = mergeStudy(stored, { title: 'New' });
  if (!merged.ok) throw new Error(JSON.stringify(merged.refusal));
  expect(merged.value.settings).not.toHaveProperty('retentionDays');
});
