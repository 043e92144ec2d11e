// Many people join many rooms at one instant, some with a second tab, some as one too many, some whose network fails for a
// moment just before the start. A seed settles all of it beforehand; what the network makes of it is for the test to judge.
import { randomUUID } from 'node:crypto';
import { createRandom } from '../../../processes/seeded-random.ts';
import type { CreatedRoom } from '../../../src/protocol/study-answers.ts';
import { type Attendee, attend, nodeOrder } from '../../support/cluster/cluster-room.ts';
import type { Front } from '../../support/cluster/front.ts';

const SHARE_WITH_ONE_TOO_MANY = 0.2;
const SHARE_WITH_SECOND_TAB = 0.2;
const SHARE_WITH_DROP = 0.1;
const DROPS_BEFORE_START_MS = [1, 15, 150, 600];
const DROP_MS = 400;

interface PlannedTab {
  readonly room: number;
  /** Counted over all rooms. */
  readonly person: number;
  readonly joinKey: string;
  readonly nodes: readonly number[];
  readonly dropBeforeStartMs: number | undefined;
}

export interface RushPlan {
  /** The node to be killed. */
  readonly victim: number;
  readonly tabs: readonly PlannedTab[];
}

export const rushPlanOf = (options: {
  readonly seed: number;
  readonly rooms: number;
  readonly seats: number;
  readonly nodes: number;
}): RushPlan => {
  const random = createRandom(options.seed);
  const tabs: PlannedTab[] = [];
  for (let room = 0, person = 0; room < options.rooms; room += 1) {
    const people = options.seats + (random() < SHARE_WITH_ONE_TOO_MANY ? 1 : 0);
    for (const last = person + people; person < last; person += 1) {
      const joinKey = randomUUID();
      for (let tab = random() < SHARE_WITH_SECOND_TAB ? 2 : 1; tab > 0; tab -= 1) {
        const drops = random() < SHARE_WITH_DROP;
        const dropBeforeStartMs = DROPS_BEFORE_START_MS[Math.floor(random() * DROPS_BEFORE_START_MS.length)];
        const nodes = nodeOrder(options.nodes, random);
        tabs.push({ room, person, joinKey, nodes, dropBeforeStartMs: drops ? dropBeforeStartMs : undefined });
      }
    }
  }
  return { victim: Math.floor(random() * options.nodes), tabs };
};

export interface RushRoom {
  readonly id: string;
  /** Of each person who got a seat, the tabs. */
  readonly seated: readonly (readonly Attendee[])[];
  /** Codes, one for each tab that got none. */
  readonly refused: readonly string[];
}

/** `onCountdown` is called with every `startsAt`, as often as somebody hears of it. */
export const rush = async (options: {
  readonly front: Front;
  readonly plan: RushPlan;
  readonly rooms: readonly CreatedRoom[];
  readonly onCountdown: (startsAt: number) => void;
}): Promise<RushRoom[]> => {
  const { front, plan, rooms, onCountdown } = options;
  const doors = await Promise.all(plan.tabs.map(async (tab) => ({ tab, door: await front.open(tab.nodes) })));
  const enter = async ({ tab, door }: (typeof doors)[number]) => {
    let drop = tab.dropBeforeStartMs;
    const result = await attend({
      door,
      nickname: `person ${tab.person}`,
      joinKey: tab.joinKey,
      code: rooms[tab.room]?.code ?? '',
      onEvent(event) {
        if (event.type !== 'countdown_started') return;
        onCountdown(event.startsAt);
        // Nodes and this process go by the same machine's clock.
        if (drop !== undefined) setTimeout(() => door.cut(DROP_MS), Math.max(0, event.startsAt - drop - Date.now()));
        drop = undefined;
      },
    });
    return { tab, result };
  };
  const entered = await Promise.all(doors.map(enter));
  return rooms.map(({ id }, index) => {
    const here = entered.filter(({ tab }) => tab.room === index);
    const people = Map.groupBy(here, ({ tab }) => tab.person).values();
    const seated = [...people].map((own) => own.flatMap(({ result }) => ('refused' in result ? [] : [result])));
    return {
      id,
      seated: seated.filter((own) => own.length > 0),
      refused: here.flatMap(({ result }) => ('refused' in result ? [result.refused] : [])),
    };
  });
};
