import fc from 'fast-check';
import { expect, it } from 'vitest';
import { growthOf, sizeOf } from './state-size.ts';

it('[ST27] a value grows by as much as it is larger afterwards', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (before, after) => {
      expect(sizeOf(before) + growthOf(before, after)).toBe(sizeOf(after));
    }),
  );
});

it('[ST27] a record grows by what is added, changed and removed, whatever else it holds', () => {
  const shared = { text: 'x'.repeat(1_000) };
  const before = { shared, gone: 'y'.repeat(100), changed: { a: 'z', same: shared } };
  const after = { shared, changed: { a: 'z'.repeat(51), same: shared }, added: 5 };
  expect(growthOf(before, after)).toBe(sizeOf(after) - sizeOf(before));
  expect(growthOf({ shared }, { shared, text: 'x'.repeat(100) })).toBeGreaterThanOrEqual(200);
});

it('[ST27] what both share is not looked into', () => {
  const trap = new Proxy({}, { ownKeys: () => expect.unreachable('looked into') });
  expect(growthOf({ trap, count: 1 }, { trap, count: 2 })).toBe(0);
});
