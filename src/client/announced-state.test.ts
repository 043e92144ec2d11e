import { expect, test } from 'vitest';
import { createAnnouncedState } from './announced-state.ts';

test('the state is one object until something changes, and changes of one turn are announced as one', async () => {
  let page = 0;
  const seen: { page: number }[] = [];
  const announced = createAnnouncedState(
    () => ({ page }),
    (state) => seen.push(state),
  );
  expect(announced.current).toBe(announced.current);
  page = 1;
  announced.changed();
  page = 2;
  announced.changed();
  expect(announced.current).toEqual({ page: 2 });
  await Promise.resolve();
  expect(seen).toEqual([{ page: 2 }]);
  expect(seen[0]).toBe(announced.current);
  announced.changed();
  await Promise.resolve();
  expect(seen).toHaveLength(2);
});
