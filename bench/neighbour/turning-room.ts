// A room of three whose host turns its pages; a turn is done when the last of the three has it.
import { type AbuserSeat, openSpeaker, type Speaker } from './abuse-tools.ts';

const PAGES = 200;

interface Turn {
  readonly unaware: Set<number>;
  readonly resolve: (code: string) => void;
}

export interface TurningRoom {
  /** To the next page; resolves to `ok` when all have it, or to the code of the refusal. */
  turn(): Promise<string>;
  speakerAt(seat: number): Speaker;
  /** Whoever was cut off is back. */
  ready(): Promise<void>;
  /** Connections that were cut off since all were last ready. */
  closed(): number;
  close(): void;
}

/** Resolves when the debate runs. */
export const openTurningRoom = async (port: number, seats: readonly AbuserSeat[]): Promise<TurningRoom> => {
  const turns = new Map<number, Turn>();
  const speakers: Speaker[] = [];
  let page = 0;

  const heard = (seat: number, text: string): void => {
    const to = /"page_turned","page":(\d+)/.exec(text)?.[1];
    const turn = turns.get(Number(to));
    if (!turn?.unaware.delete(seat) || turn.unaware.size > 0) return;
    turns.delete(Number(to));
    turn.resolve('ok');
  };
  const connect = async (seat: number): Promise<Speaker> => {
    const own = seats[seat];
    if (!own) throw new Error(`there is no seat ${seat}`);
    const speaker = await openSpeaker(port, own, { onEvent: (text) => heard(seat, text) });
    speakers[seat] = speaker;
    return speaker;
  };
  const speakerAt = (seat: number): Speaker => {
    const speaker = speakers[seat];
    if (!speaker) throw new Error(`nobody is at seat ${seat}`);
    return speaker;
  };
  for (const seat of seats.keys()) await connect(seat);
  await Promise.all(speakers.map(({ started }) => started));

  return {
    speakerAt,
    turn() {
      page = (page + 1) % PAGES;
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      turns.set(page, { unaware: new Set(seats.keys()), resolve });
      speakerAt(0)
        .ask('page:turn', { to: page })
        .then(({ code }) => {
          if (code !== 'ok') resolve(code);
        }, reject);
      return promise;
    },
    async ready() {
      for (const seat of seats.keys()) if (speakerAt(seat).isClosed()) await connect(seat);
    },
    closed: () => speakers.filter((speaker) => speaker.isClosed()).length,
    close() {
      for (const { client } of speakers) client.close();
    },
  };
};
