// What is shown when: the start and every page turn at their instants on the room clock, not when their message came.
// Timers are aimed again shortly before the instant, because the estimate of the clock moves meanwhile.
import type { RoomPhase } from '../../protocol/phases.ts';
import type { RoomView } from '../../protocol/room-view.ts';
import type { RoomClock } from './clock.ts';
import type { LocalTime } from './local-time.ts';

export interface ShowSchedule {
  /** The committed room, after every change. */
  update(view: RoomView): void;
  /** As it is to be shown now. */
  shown(view: RoomView): RoomView;
  readonly page: number | undefined;
  stop(): void;
}

/** A start that is not confirmed by now was missed: back to waiting, as the contract says. */
const CONFIRM_WITHIN_MS = 1_000;
/** A timer ends this much early and is aimed again ... */
const AIM_AGAIN_MS = 40;
/** ... and never runs longer than this, since the first estimate of the clock may be far off. */
const LONGEST_TIMER_MS = 250;

interface Turn {
  readonly page: number;
  readonly turnsAt: number;
}

export const createShowSchedule = (options: {
  readonly clock: Pick<RoomClock, 'delayUntil' | 'setFrozen'>;
  readonly time: LocalTime;
  readonly onStart: (start: { startsAt: number; lateMs: number }) => void;
  readonly onPage: (turn: { page: number; turnsAt: number; lateMs: number }) => void;
  readonly onChange: () => void;
}): ShowSchedule => {
  const { clock, time } = options;
  let page: number | undefined;
  let turns: Turn[] = [];
  /** The start as committed: undefined while no countdown runs. */
  let startsAt: number | undefined;
  let startShown = false;
  let missed = false;
  let phase: RoomPhase | undefined;
  let cancelStart = () => {};
  let cancelTurn = () => {};

  const fireAt = (instant: number, run: () => void): (() => void) => {
    let cancel = () => {};
    const aim = () => {
      const delay = clock.delayUntil(instant);
      if (delay <= 0) run();
      else
        cancel = time.after(delay > 2 * AIM_AGAIN_MS ? Math.min(delay - AIM_AGAIN_MS, LONGEST_TIMER_MS) : delay, aim);
    };
    aim();
    return () => cancel();
  };

  const freeze = () => clock.setFrozen((startsAt !== undefined && !startShown && !missed) || turns.length > 0);

  const showStart = (instant: number) => {
    cancelStart();
    startShown = true;
    freeze();
    options.onStart({ startsAt: instant, lateMs: Math.max(0, -clock.delayUntil(instant)) });
    options.onChange();
    if (phase !== 'countdown') return;
    cancelStart = time.after(CONFIRM_WITHIN_MS, () => {
      missed = true;
      freeze();
      options.onChange();
    });
  };

  const showDueTurns = () => {
    // Turns that fell due together (a slow timer, a message that came late) show as the last of them.
    const due = turns.filter((turn) => clock.delayUntil(turn.turnsAt) <= 0);
    const last = due.at(-1);
    turns = turns.slice(due.length);
    armTurn();
    freeze();
    if (!last) return;
    page = last.page;
    options.onPage({ ...last, lateMs: Math.max(0, -clock.delayUntil(last.turnsAt)) });
    options.onChange();
  };

  const armTurn = () => {
    cancelTurn();
    const next = turns[0];
    cancelTurn = next ? fireAt(next.turnsAt, showDueTurns) : () => {};
  };

  const updateStart = (view: RoomView, former: RoomPhase | undefined) => {
    if (view.phase === 'countdown' && view.startsAt !== undefined) {
      if (view.startsAt === startsAt) return;
      cancelStart();
      startsAt = view.startsAt;
      startShown = false;
      missed = false;
      const instant = startsAt;
      cancelStart = fireAt(instant, () => showStart(instant));
    } else if (view.phase === 'running') {
      cancelStart();
      // Somebody who comes back into a running debate has seen no countdown: nothing starts for them.
      const surprising = former === 'countdown' || former === 'waiting';
      if (surprising && (!startShown || missed)) showStart(view.startsAt ?? view.startedAt ?? 0);
      startsAt = undefined;
      missed = false;
    } else {
      cancelStart();
      startsAt = undefined;
      startShown = false;
      missed = false;
    }
  };

  return {
    update(view) {
      const former = phase;
      phase = view.phase;
      updateStart(view, former);
      const committed = turns.at(-1)?.page ?? page;
      const { turnsAt } = view;
      if (page === undefined) {
        page = view.page;
      } else if (turnsAt === undefined && view.page !== committed) {
        // No turn led here: a database that came back older knows of none, and those that were shown are gone.
        page = view.page;
        turns = [];
        armTurn();
      } else if (turnsAt !== undefined && view.page !== committed) {
        turns = [...turns.filter((turn) => turn.turnsAt <= turnsAt), { page: view.page, turnsAt }];
        armTurn();
      }
      freeze();
    },
    shown(view) {
      const shownPage = page ?? view.page;
      if (view.phase !== 'countdown' || !startShown) return { ...view, page: shownPage };
      if (missed) return { ...view, page: shownPage, phase: 'waiting' };
      return { ...view, page: shownPage, phase: 'running', startedAt: startsAt ?? view.startsAt ?? 0 };
    },
    get page() {
      return page;
    },
    stop() {
      cancelStart();
      cancelTurn();
    },
  };
};
