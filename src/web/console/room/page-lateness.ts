// How late each participant saw each page: the instants that the journal chose for all, against those that clients told.
import type { TelemetryItems } from '../../../client/index.ts';
import type { EventsAnswer } from '../../../protocol/room-answers.ts';

/** A page and the instant at which all were to see it; the first is the start. */
export interface PageTurn {
  readonly page: number;
  readonly turnsAt: number;
}

export interface TurnHistory {
  /** The journal's version that was read last. */
  readonly version: number;
  readonly turns: readonly PageTurn[];
}

export interface LatenessRow extends PageTurn {
  /** By participant id, ms; absent: not shown, or not told. */
  readonly lateMs: Readonly<Record<string, number>>;
  /** Between the first and the last who saw it; undefined for fewer than two. */
  readonly apartMs: number | undefined;
}

export const NO_TURNS: TurnHistory = { version: 0, turns: [] };

/** A clock that is somewhat off shows a page before its instant. */
const EARLY_MS = 1_000;

/** The history with further commits; what it has already is passed over. */
export const withTurns = (history: TurnHistory, commits: EventsAnswer['commits']): TurnHistory => {
  const news = commits.filter(({ version }) => version > history.version);
  const turns = news.flatMap(({ events }) =>
    events.flatMap((event): PageTurn[] => {
      if (event.type === 'debate_started') return [{ page: 0, turnsAt: event.startedAt }];
      return event.type === 'page_turned' ? [{ page: event.page, turnsAt: event.turnsAt }] : [];
    }),
  );
  return { version: news.at(-1)?.version ?? history.version, turns: [...history.turns, ...turns] };
};

export const latenessRows = (
  turns: readonly PageTurn[],
  shown: readonly TelemetryItems['page_shown'][],
): LatenessRow[] =>
  turns.map((turn, index) => {
    // What is shown after the next turn, was shown for that one, or by somebody who came back.
    const until = turns[index + 1]?.turnsAt ?? Number.POSITIVE_INFINITY;
    const lateMs: Record<string, number> = {};
    for (const { participantId, page, shownAt } of shown) {
      if (page !== turn.page || shownAt < turn.turnsAt - EARLY_MS || shownAt >= until) continue;
      lateMs[participantId] ??= shownAt - turn.turnsAt;
    }
    const all = Object.values(lateMs);
    return { ...turn, lateMs, apartMs: all.length < 2 ? undefined : Math.max(...all) - Math.min(...all) };
  });

/** The last that each participant told of how well it knows the room clock, ms. */
export const uncertaintiesOf = (reports: readonly TelemetryItems['clock_report'][]): Readonly<Record<string, number>> =>
  Object.fromEntries(
    reports.flatMap(({ participantId, uncertaintyMs }) =>
      uncertaintyMs === null ? [] : [[participantId, uncertaintyMs] as const],
    ),
  );
