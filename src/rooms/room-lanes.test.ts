import { expect, it } from 'vitest';
import { createRoomLanes } from './room-lanes.ts';

/** Tasks that note when they begin and end, each when it is told to. */
const createTasks = () => {
  const noted: string[] = [];
  const ends = new Map<string, { succeed: () => void; fail: () => void }>();
  return {
    noted,
    end: (name: string) => ends.get(name)?.succeed(),
    fail: (name: string) => ends.get(name)?.fail(),
    task: (name: string) => () => {
      noted.push(`${name} begins`);
      return new Promise<string>((resolve, reject) => {
        ends.set(name, {
          succeed() {
            noted.push(`${name} ends`);
            resolve(name);
          },
          fail: () => reject(new Error(name)),
        });
      });
    },
  };
};
const settled = () => new Promise((resolve) => setImmediate(resolve));

it('one task of a room at a time, in order; other rooms do not wait', async () => {
  const lanes = createRoomLanes();
  const { noted, task, end } = createTasks();
  const results = [lanes.run('a', task('a1')), lanes.run('a', task('a2')), lanes.run('b', task('b1'))];
  expect(noted).toEqual(['a1 begins', 'b1 begins']);
  end('b1');
  end('a1');
  await settled();
  expect(noted).toEqual(['a1 begins', 'b1 begins', 'b1 ends', 'a1 ends', 'a2 begins']);
  end('a2');
  expect(await Promise.all(results)).toEqual(['a1', 'a2', 'b1']);
});

it('a task that fails fails for whoever asked, and the next one runs', async () => {
  const lanes = createRoomLanes();
  const { task, fail, end } = createTasks();
  const first = lanes.run('a', task('a1'));
  const second = lanes.run('a', task('a2'));
  fail('a1');
  await expect(first).rejects.toThrow('a1');
  await settled();
  end('a2');
  expect(await second).toBe('a2');
});

it('is idle when the last task of all has ended, those included that came while it waited', async () => {
  const lanes = createRoomLanes();
  const { task, end, fail } = createTasks();
  await lanes.idle();
  const failing = lanes.run('a', task('a1'));
  let isIdle = false;
  const idle = lanes.idle().then(() => {
    isIdle = true;
  });
  const later = lanes.run('a', task('a2'));
  fail('a1');
  await expect(failing).rejects.toThrow('a1');
  await settled();
  expect(isIdle).toBe(false);
  end('a2');
  await later;
  await idle;
  expect(isIdle).toBe(true);
});
