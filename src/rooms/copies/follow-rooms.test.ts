import { expect, it } from 'vitest';
import { createFollowRooms } from './follow-rooms.ts';
import type { CommitBus } from './ports.ts';

type OnCommit = Parameters<CommitBus['subscribe']>[1];

const createScene = () => {
  const subscriptions: { readonly roomId: string; readonly onCommit: OnCommit }[] = [];
  const reconnected = new Set<(roomIds: readonly string[]) => void>();
  const heard: string[] = [];
  const following = createFollowRooms({
    bus: {
      publish: () => {},
      isHeard: () => true,
      subscribe(roomId, onCommit) {
        const subscription = { roomId, onCommit };
        subscriptions.push(subscription);
        return () => subscriptions.splice(subscriptions.indexOf(subscription), 1);
      },
      onReconnect(callback) {
        reconnected.add(callback);
        return () => reconnected.delete(callback);
      },
    },
    onCommit: (roomId, { version }) => heard.push(`${roomId} ${version}`),
    onGap: (roomIds) => heard.push(`gap ${roomIds.join(' ')}`),
  });
  return {
    following,
    heard,
    subscribed: () => subscriptions.map(({ roomId }) => roomId),
    publish(roomId: string, version: number) {
      for (const subscription of subscriptions)
        if (subscription.roomId === roomId)
          subscription.onCommit({ version, commitId: `commit${version}`, at: 0, events: [] });
    },
    reconnect(...roomIds: string[]) {
      for (const callback of reconnected) callback(roomIds);
    },
  };
};

it('a room is followed once, from its first user until its last has gone', () => {
  const { following, subscribed } = createScene();
  const ends = [following.follow('a'), following.follow('a'), following.follow('b')];
  expect(subscribed()).toEqual(['a', 'b']);
  ends[0]?.();
  expect(following.rooms()).toEqual(['a', 'b']);
  ends[1]?.();
  expect(subscribed()).toEqual(['b']);
  expect(following.rooms()).toEqual(['b']);
});

it('who stops twice takes nothing from the others, nor from who has begun since', () => {
  const { following, subscribed } = createScene();
  const first = following.follow('a');
  following.follow('a');
  first();
  first();
  expect(subscribed()).toEqual(['a']);
  const only = following.follow('b');
  only();
  following.follow('b');
  only();
  expect(subscribed()).toEqual(['a', 'b']);
});

it('commits of followed rooms are handed on with their room, and gaps as they are', () => {
  const { following, heard, publish, reconnect } = createScene();
  following.follow('a');
  const end = following.follow('b');
  publish('a', 3);
  publish('b', 7);
  end();
  publish('b', 8);
  reconnect('a');
  expect(heard).toEqual(['a 3', 'b 7', 'gap a']);
});

it('closed, it hears of nothing any more', () => {
  const { following, heard, subscribed, reconnect } = createScene();
  following.follow('a');
  following.close();
  reconnect('a');
  expect(subscribed()).toEqual([]);
  expect(following.rooms()).toEqual([]);
  expect(heard).toEqual([]);
});
