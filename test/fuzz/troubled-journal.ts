// One server's way to the journal on virtual time: everything takes a while, and now and then nobody learns what became of a
// commit: it never came, it was made, or the database makes it when nobody waits for it any more. A server that was killed
// learns nothing; what it had under way is made or not.
import { AppError } from '../../src/protocol/app-error.ts';
import type { Journal } from '../../src/rooms/ports.ts';
import type { VirtualTime } from '../support/room/virtual-time.ts';

const READ_MS = 3;
/** There and back at most. */
export const COMMIT_MS = 16;
/** A database that stood still. */
const LATE_MS = 3_000;

export interface JournalFaults {
  unknownOutcomes: number;
  killedCommits: number;
}

export const createTroubledJournal = (
  journal: Journal,
  options: {
    readonly time: VirtualTime;
    readonly random: () => number;
    readonly faults: JournalFaults;
    readonly isAlive: () => boolean;
    /** Chance that the outcome of a commit is not learned. */
    readonly trouble: () => number;
    readonly onCommit: () => void;
  },
): Journal => {
  const { time, random, faults, isAlive, trouble } = options;

  const read =
    <Asked extends readonly unknown[], Read>(ask: (...asked: Asked) => Promise<Read>) =>
    (...asked: Asked): Promise<Read> =>
      new Promise((resolve, reject) => {
        time.after(random() * READ_MS, () => {
          if (isAlive()) ask(...asked).then(resolve, reject);
        });
      });

  const away = () => new AppError('unavailable', 'The database did not answer.');

  return {
    append: (entry) =>
      new Promise((resolve, reject) => {
        options.onCommit();
        const answer = (settle: () => void): void => {
          time.after((random() * COMMIT_MS) / 2, () => {
            if (isAlive()) settle();
            else faults.killedCommits += 1;
          });
        };
        time.after((random() * COMMIT_MS) / 2, () => {
          if (!isAlive()) {
            faults.killedCommits += 1;
            if (random() < 0.5) return;
          }
          if (random() >= trouble()) {
            journal.append(entry).then((outcome) => answer(() => resolve(outcome)), reject);
            return;
          }
          faults.unknownOutcomes += 1;
          const fate = random();
          if (fate > 0.3) time.after(fate > 0.6 ? random() * LATE_MS : 0, () => void journal.append(entry));
          answer(() => reject(away()));
        });
      }),
    commitP95Ms: () => COMMIT_MS,
    definition: read(journal.definition),
    commits: read(journal.commits),
    heads: read(journal.heads),
    includes: read(journal.includes),
    commandOf: read(journal.commandOf),
    snapshot: read(journal.snapshot),
    keepSnapshot: read(journal.keepSnapshot),
    entrance: read(journal.entrance),
    dueRooms: read(journal.dueRooms),
    openRooms: read(journal.openRooms),
  };
};
