// What is written with a commit, in the same statement: the room's summary for lists and scans, rows of recordings, and the jobs
// that follow. Pure.
import type { StoredCommit } from '../room/commands.ts';
import { effectsOf } from '../room/effects.ts';
import { nextDeadlineOf } from '../room/next-deadline.ts';
import type { RoomState } from '../room/state.ts';
import type { Transition } from './copies/load-room.ts';
import type { NewCommit } from './ports.ts';

const recordingsOf = ({ events }: StoredCommit): Pick<NewCommit, 'newRecordings' | 'stoppedRecordings'> => {
  const newRecordings: NewCommit['newRecordings'][number][] = [];
  const stoppedRecordings: NewCommit['stoppedRecordings'][number][] = [];
  for (const event of events) {
    if (event.type === 'recording_started') {
      const { recordingId: id, participantId, take, mimeType, path, startedAt } = event;
      newRecordings.push({ id, participantId, take, mimeType, path, startedAt });
    } else if (event.type === 'recording_stopped') {
      stoppedRecordings.push({ id: event.recordingId, endedAt: event.endedAt });
    }
  }
  return { newRecordings, stoppedRecordings };
};

const summaryOf = (state: RoomState): NewCommit['summary'] => {
  const { phase, page, startedAt, endedAt } = state;
  const nextDeadlineAt = nextDeadlineOf(state);
  return {
    ...{ phase, page },
    ...(startedAt !== undefined && { startedAt }),
    ...(endedAt !== undefined && { endedAt }),
    ...(nextDeadlineAt !== undefined && { nextDeadlineAt }),
  };
};

export const newCommitOf = ({ before, commit, after }: Transition): NewCommit => ({
  roomId: after.definition.roomId,
  commit,
  ...(before.commitId !== undefined && { previous: before.commitId }),
  summary: summaryOf(after),
  ...recordingsOf(commit),
  jobs: effectsOf(commit.events, after, commit.at),
});
